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

	private static final String COMMITS = """
			SELECT coalesce(sum(count), 0) FROM pg_get_wal_stats(:start::pg_lsn, pg_current_wal_flush_lsn(), true)
			WHERE "resource_manager/record_type" = 'Transaction/COMMIT'
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
	 * Returns how many transactions that have written something have been committed. It
	 * reads what has been written, so not while something is measured.
	 * @return a number of transactions
	 */
	public double commits() {
		return this.jdbc.sql(COMMITS).param("start", this.start).query(Double.class).single();
	}

}
