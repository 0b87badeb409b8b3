package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

import io.pyxbox.ConsumerId;

/**
 * Registers which consumer takes which events, so that instances that do not know a
 * consumer (an older version of the application) keep its events. From the commit of its
 * registration on, no event that is committed later is deleted before the consumer has
 * completed it.
 * <p>
 * Registrations are added under a lock on their table. So revisions become visible in
 * their order, and whoever compares the highest one misses none. Thread-safe.
 */
public final class ConsumerStore {

	private final String lock;

	private final String add;

	private final String touch;

	private final String prune;

	private final String newRevision;

	private final String all;

	/**
	 * Creates a store.
	 * @param table the outbox's tables
	 */
	public ConsumerStore(EventTable table) {
		// A client that vanishes in between must not keep the others waiting.
		this.lock = """
				SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
				SELECT set_config('lock_timeout', '2s', true), %s;
				LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE
				""".formatted(LaneStore.NOTICE_VANISHED_CLIENTS, table.consumers());
		String same = """
				c.consumer = n.consumer AND c.type IS NOT DISTINCT FROM n.type AND c.topic IS NOT DISTINCT FROM n.topic
				  AND c.topic_pattern IS NOT DISTINCT FROM n.topic_pattern""";
		this.add = """
				INSERT INTO %1$s (%2$s) SELECT * FROM %3$s AS n (%2$s) WHERE NOT EXISTS (SELECT FROM %1$s c WHERE %4$s)
				""".formatted(table.consumers(), Takers.COLUMNS, Takers.ROWS, same);
		this.touch = """
				UPDATE %1$s c SET last_seen_at = clock_timestamp() FROM %3$s AS n (%2$s) WHERE %4$s
				""".formatted(table.consumers(), Takers.COLUMNS, Takers.ROWS, same);
		this.prune = """
				DELETE FROM %s WHERE last_seen_at < clock_timestamp() - ? * interval '1 millisecond' RETURNING %s
				""".formatted(table.consumers(), Takers.COLUMNS);
		this.newRevision = newRevision(table);
		this.all = "SELECT revision, " + Takers.COLUMNS + " FROM " + table.consumers();
	}

	/** A query for the highest revision. */
	static String revision(EventTable table) {
		return "SELECT coalesce(max(revision), 0) FROM " + table.consumers();
	}

	/** A statement by which others notice that a registration is gone. */
	static String newRevision(EventTable table) {
		return """
				UPDATE %1$s SET revision = DEFAULT WHERE revision = (SELECT max(revision) FROM %1$s)
				""".formatted(table.consumers());
	}

	/**
	 * Registers consumers, or renews their registration, in the connection's transaction.
	 * @param connection a connection that is not in auto-commit mode
	 * @param consumers what each of them takes
	 * @throws SQLException if the database refuses
	 */
	public void register(Connection connection, Map<ConsumerId, Subscription> consumers) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(this.lock);
		}
		update(connection, this.touch, consumers);
		update(connection, this.add, consumers);
	}

	/**
	 * Forgets what no instance has declared for a long time, in the transaction of
	 * {@link #register}.
	 * @param connection the connection
	 * @param retention how long
	 * @return what is forgotten of each consumer
	 * @throws SQLException if the database refuses
	 */
	public Map<ConsumerId, Subscription> prune(Connection connection, Duration retention) throws SQLException {
		Map<ConsumerId, Subscription> forgotten = new HashMap<>();
		try (PreparedStatement statement = connection.prepareStatement(this.prune)) {
			statement.setLong(1, retention.toMillis());
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					Takers.read(rows, 1, forgotten);
				}
			}
		}
		if (!forgotten.isEmpty()) {
			// Or others would go on to wait for it until they look by themselves.
			try (Statement statement = connection.createStatement()) {
				statement.executeUpdate(this.newRevision);
			}
		}
		return forgotten;
	}

	Registered registered(Connection connection) throws SQLException {
		long revision = 0;
		Map<ConsumerId, Subscription> consumers = new HashMap<>();
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(this.all)) {
			while (rows.next()) {
				revision = Math.max(revision, rows.getLong(1));
				Takers.read(rows, 2, consumers);
			}
		}
		return new Registered(revision, consumers);
	}

	private static void update(Connection connection, String sql, Map<ConsumerId, Subscription> consumers)
			throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			Takers.bind(statement, 0, consumers);
			statement.executeUpdate();
		}
	}

	/**
	 * What is registered.
	 *
	 * @param revision the highest revision
	 * @param consumers what each consumer takes
	 */
	record Registered(long revision, Map<ConsumerId, Subscription> consumers) {
	}

}
