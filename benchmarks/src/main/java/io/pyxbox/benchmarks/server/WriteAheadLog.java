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
			FROM pg_get_wal_stats(:start::pg_lsn, pg_current_wal_flush_lsn(), true)
			""";

	private final JdbcClient jdbc;

	private final String start;

	WriteAheadLog(JdbcClient jdbc) {
		this.jdbc = jdbc;
		this.start = jdbc.sql(POSITION).query(String.class).single();
	}

	/**
	 * Returns how much has been written, by whomever.
	 * @return a number of bytes
	 */
	public double bytes() {
		String end = this.jdbc.sql(POSITION).query(String.class).single();
		return this.jdbc.sql(BYTES).param("end", end).param("start", this.start).query(Double.class).single();
	}

	/**
	 * Reads what has been written, so not while something is measured.
	 * @return what is in it
	 */
	public Contents contents() {
		return this.jdbc.sql(CONTENTS)
			.param("start", this.start)
			.query((row, index) -> new Contents(row.getDouble(1), row.getDouble(2)))
			.single();
	}

	/**
	 * What has been written.
	 *
	 * @param commits the number of committed transactions that have written something
	 * @param pageImages the bytes of images of whole pages: each page is written as a
	 * whole when it is changed for the first time after a checkpoint
	 */
	public record Contents(double commits, double pageImages) {
	}

}
