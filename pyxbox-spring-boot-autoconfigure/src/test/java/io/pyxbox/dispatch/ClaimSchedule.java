package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import io.pyxbox.scenario.Counted;
import io.pyxbox.scenario.OrderPerKey;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.awaitility.Awaitility.await;

/**
 * What happens, in which order, to a lane of a database: whoever works on it must deliver
 * what was committed.
 */
final class ClaimSchedule implements AutoCloseable {

	static final int BUCKET = 5;

	private static final long GATE = 4711;

	private final DataSource dataSource;

	private final Workers workers;

	private final List<Connection> connections = new ArrayList<>();

	private final List<Counted> committed = new ArrayList<>();

	private final List<Counted> received = new ArrayList<>();

	ClaimSchedule(DataSource dataSource, Workers workers) throws SQLException {
		this.dataSource = dataSource;
		this.workers = workers;
		try (Connection connection = dataSource.getConnection()) {
			execute(connection, "TRUNCATE events RESTART IDENTITY");
		}
	}

	/** What the workers have done wrong. */
	List<String> violations() {
		return OrderPerKey.violations(this.received, this.committed);
	}

	/**
	 * A worker has begun to claim, but has not tried the lock yet, when the one before it
	 * commits.
	 */
	ClaimSchedule beginBeforeTheOtherCommits() throws Exception {
		write(transaction(), "a", 1, 2).commit();
		Claims first = this.workers.on(transaction());
		Claims second = this.workers.on(transactionBehindGate());
		try (Connection gate = this.dataSource.getConnection()) {
			execute(gate, "SELECT pg_advisory_lock(" + GATE + ")");
			this.received.addAll(first.claim());
			FutureTask<List<Counted>> claim = new FutureTask<>(second::claim);
			new Thread(claim).start();
			await().until(this::somebodyWaits);
			first.complete();
			execute(gate, "SELECT pg_advisory_unlock(" + GATE + ")");
			this.received.addAll(claim.get(20, TimeUnit.SECONDS));
		}
		second.complete();
		write(transaction(), "a", 3, 3).commit();
		deliver(second);
		return this;
	}

	/**
	 * A transaction commits between the events of a claim, while they are delivered.
	 */
	ClaimSchedule commitWhileItIsDelivered() throws SQLException {
		Connection late = write(transaction(), "late", 1, 1);
		write(transaction(), "a", 1, 2).commit();
		Claims worker = this.workers.on(transaction());
		worker.look();
		this.received.addAll(worker.claim());
		late.commit();
		worker.complete();
		deliver(worker);
		return this;
	}

	/**
	 * A transaction commits after events with later ids have been completed.
	 */
	ClaimSchedule commitAfterLaterOnesAreCompleted() throws SQLException {
		Connection late = write(transaction(), "late", 1, 1);
		Claims worker = this.workers.on(transaction());
		for (int number = 1; number <= 5; number++) {
			write(transaction(), "a", number, number).commit();
			deliver(worker);
		}
		late.commit();
		deliver(worker);
		return this;
	}

	private void deliver(Claims worker) throws SQLException {
		worker.look();
		this.received.addAll(worker.claim());
		worker.complete();
		worker.look();
	}

	private Connection write(Connection connection, String key, int from, int to) throws SQLException {
		for (int number = from; number <= to; number++) {
			try (PreparedStatement statement = connection.prepareStatement("""
					INSERT INTO events (bucket, event_id, type, partition_key, payload)
					VALUES (?, gen_random_uuid(), 'T', ?, to_jsonb(?::int))
					""")) {
				statement.setInt(1, BUCKET);
				statement.setString(2, key);
				statement.setInt(3, number);
				statement.executeUpdate();
			}
			this.committed.add(new Counted(key, number));
		}
		return connection;
	}

	private boolean somebodyWaits() {
		return JdbcClient.create(this.dataSource).sql("""
				SELECT count(*) > 0 FROM pg_locks
				WHERE locktype = 'advisory' AND NOT granted
				  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
				""").query(Boolean.class).single();
	}

	/** A connection for which trying a lock takes as long as the gate is closed. */
	private Connection transactionBehindGate() throws SQLException {
		Connection connection = transaction();
		execute(connection, """
				CREATE SCHEMA IF NOT EXISTS gate;
				CREATE OR REPLACE FUNCTION gate.pg_try_advisory_xact_lock(key bigint) RETURNS boolean AS $$
				BEGIN
				  PERFORM pg_advisory_xact_lock_shared(%d);
				  RETURN pg_catalog.pg_try_advisory_xact_lock(key);
				END $$ LANGUAGE plpgsql;
				SET SESSION search_path = gate, pg_catalog, public
				""".formatted(GATE));
		connection.commit();
		return connection;
	}

	private Connection transaction() throws SQLException {
		Connection connection = this.dataSource.getConnection();
		this.connections.add(connection);
		connection.setAutoCommit(false);
		return connection;
	}

	private static void execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	@Override
	public void close() throws SQLException {
		for (Connection connection : this.connections) {
			connection.close();
		}
	}

	/**
	 * Who works on the lane.
	 */
	@FunctionalInterface
	interface Workers {

		Claims on(Connection connection);

	}

}
