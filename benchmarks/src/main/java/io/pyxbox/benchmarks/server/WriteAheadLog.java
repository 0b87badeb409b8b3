package io.pyxbox.benchmarks.server;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What is written to the write-ahead log from a moment on. That counts exactly and at
 * once: the statistics of a session arrive up to ten seconds later, and transaction ids
 * are used by savepoints, too.
 */
public final class WriteAheadLog {

	private static final String POSITION = "SELECT pg_current_wal_insert_lsn()::text";

	private static final String BYTES = "SELECT pg_wal_lsn_diff(:end::pg_lsn, :start::pg_lsn)";

	private static final String CONTENTS = """
			SELECT coalesce(sum(count) FILTER (WHERE "resource_manager/record_type" = 'Transaction/COMMIT'), 0),
			  coalesce(sum(fpi_size), 0)
			FROM pg_get_wal_stats(:start::pg_lsn, least(:end::pg_lsn, pg_current_wal_flush_lsn()), true)
			""";

	private final JdbcClient jdbc;

	private final String start;

	private String end;

	WriteAheadLog(JdbcClient jdbc) {
		this.jdbc = jdbc;
		this.start = position(jdbc);
		this.end = this.start;
	}

	private static String position(JdbcClient jdbc) {
		return jdbc.sql(POSITION).query(String.class).single();
	}

	/**
	 * Ends the observation.
	 */
	public void end() {
		this.end = position(this.jdbc);
	}

	/**
	 * Reads what has been written until the end, by whomever. Not while something is
	 * measured.
	 * @return what it is
	 */
	public Contents contents() {
		double bytes = this.jdbc.sql(BYTES)
			.param("end", this.end)
			.param("start", this.start)
			.query(Double.class)
			.single();
		return this.jdbc.sql(CONTENTS)
			.param("start", this.start)
			.param("end", this.end)
			.query((row, index) -> new Contents(bytes, row.getDouble(1), row.getDouble(2)))
			.single();
	}

	/**
	 * What has been written.
	 *
	 * @param bytes how much
	 * @param commits the number of committed transactions that have written something
	 * @param pageImages the bytes of images of whole pages: each page is written as a
	 * whole when it is changed for the first time after a checkpoint
	 */
	public record Contents(double bytes, double commits, double pageImages) {
	}

}
