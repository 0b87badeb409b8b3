package io.pyxbox.benchmarks.server;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.contender.Target;
import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * A contender's database, seen from outside.
 */
public final class BenchmarkDatabase implements AutoCloseable {

	private static final int BLOCKS_AT_THE_END = 64;

	private static final String TABLES = """
			CREATE EXTENSION IF NOT EXISTS pg_walinspect;
			CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number integer NOT NULL,
			  customer text NOT NULL, total numeric NOT NULL);
			CREATE TABLE raw_events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL,
			  type text NOT NULL, partition_key text NOT NULL, payload jsonb NOT NULL,
			  created_at timestamptz NOT NULL DEFAULT clock_timestamp());
			CREATE TABLE effects (number integer NOT NULL);
			""";

	private final TestDatabase database;

	private final SingleConnectionDataSource dataSource;

	private final JdbcClient jdbc;

	BenchmarkDatabase(TestDatabase database) {
		this.database = database;
		this.dataSource = new SingleConnectionDataSource(database.jdbcUrl(), database.username(), database.password(),
				true);
		this.jdbc = JdbcClient.create(this.dataSource);
		execute(TABLES);
	}

	/**
	 * Returns what instances need to connect.
	 * @return the target
	 */
	public Target target() {
		return new Target(this.database.jdbcUrl(), this.database.username(), this.database.password());
	}

	/**
	 * Returns what instances need to connect through something else.
	 * @param port where that listens
	 * @return the target
	 */
	public Target target(int port) {
		return new Target(this.database.jdbcUrl().replaceFirst(":\\d+/", ":" + port + "/"), this.database.username(),
				this.database.password());
	}

	/**
	 * Returns the port of the server.
	 * @return the port
	 */
	public int port() {
		return Integer.parseInt(this.database.jdbcUrl().replaceFirst(".*:(\\d+)/.*", "$1"));
	}

	/**
	 * Executes something that is not measured.
	 * @param sql statements
	 */
	public void execute(String sql) {
		this.jdbc.sql(sql).update();
	}

	/**
	 * Empties all tables.
	 * @param type whose
	 */
	public void reset(ContenderType type) {
		execute("TRUNCATE orders, raw_events, effects, " + type.tables());
	}

	/**
	 * Leaves nothing to do for the server: what others have left behind shall not be paid
	 * for by whoever comes next.
	 * @param type whose tables
	 */
	public void settle(ContenderType type) {
		execute("VACUUM (ANALYZE) orders, raw_events, effects, " + type.tables());
		checkpoint();
	}

	/**
	 * Writes what has been changed. That is all that may be done about empty tables:
	 * statements whose plans were made for tables known to be empty take for ever when
	 * they are not.
	 */
	public void checkpoint() {
		execute("CHECKPOINT");
	}

	/**
	 * Returns whether no event waits. Looks at the end of the table first, where the last
	 * ones are: to find one of them behind all that has been deleted takes longer than
	 * many a commit.
	 * @param type whose events
	 * @return whether all are done
	 */
	public boolean isDone(ContenderType type) {
		String pending = type.pending();
		String table = pending.split(" ")[0];
		long blocks = count("SELECT pg_relation_size('" + table + "') / current_setting('block_size')::bigint");
		String end = (pending.equals(table) ? " WHERE " : " AND ")
				+ "ctid >= '(%d,0)'".formatted(Math.max(0, blocks - BLOCKS_AT_THE_END));
		return isEmpty(pending + end) && isEmpty(pending);
	}

	private boolean isEmpty(String pending) {
		return this.jdbc.sql("SELECT NOT EXISTS (SELECT FROM " + pending + ")").query(Boolean.class).single();
	}

	/**
	 * Counts the events that are not done.
	 * @param type whose events
	 * @return how many
	 */
	public long pending(ContenderType type) {
		return count("SELECT count(*) FROM " + type.pending());
	}

	/**
	 * Counts rows.
	 * @param sql a query for one number
	 * @return the number
	 */
	public long count(String sql) {
		return this.jdbc.sql(sql).query(Long.class).single();
	}

	/**
	 * Begins to observe what is written.
	 * @return the observation
	 */
	public WriteAheadLog wal() {
		return new WriteAheadLog(this.jdbc);
	}

	/**
	 * Opens a snapshot.
	 * @return the open snapshot
	 */
	public Snapshot openSnapshot() {
		return Snapshot.open(this.database);
	}

	@Override
	public void close() {
		this.dataSource.destroy();
		this.database.close();
	}

}
