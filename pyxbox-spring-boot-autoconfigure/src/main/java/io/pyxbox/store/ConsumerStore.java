package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Subscription.Route;

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
		this.add = """
				INSERT INTO %1$s (consumer, type, topic)
				SELECT n.consumer, n.type, n.topic
				FROM unnest(?::text[], ?::text[], ?::text[]) AS n (consumer, type, topic)
				WHERE NOT EXISTS (SELECT FROM %1$s c
				  WHERE c.consumer = n.consumer AND c.type = n.type AND c.topic IS NOT DISTINCT FROM n.topic)
				""".formatted(table.consumers());
		this.touch = """
				UPDATE %s c SET last_seen_at = clock_timestamp()
				FROM unnest(?::text[], ?::text[], ?::text[]) AS n (consumer, type, topic)
				WHERE c.consumer = n.consumer AND c.type = n.type AND c.topic IS NOT DISTINCT FROM n.topic
				""".formatted(table.consumers());
		this.prune = """
				DELETE FROM %s WHERE last_seen_at < clock_timestamp() - ? * interval '1 millisecond'
				RETURNING consumer, type, topic
				""".formatted(table.consumers());
		this.newRevision = newRevision(table);
		this.all = "SELECT revision, consumer, type, topic FROM " + table.consumers();
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
					forgotten.merge(new ConsumerId(rows.getString(1)),
							Subscription.of(new Route(rows.getString(2), rows.getString(3))), Subscription::and);
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
				consumers.merge(new ConsumerId(rows.getString(2)),
						Subscription.of(new Route(rows.getString(3), rows.getString(4))), Subscription::and);
			}
		}
		return new Registered(revision, consumers);
	}

	private static int update(Connection connection, String sql, Map<ConsumerId, Subscription> consumers)
			throws SQLException {
		List<Map.Entry<ConsumerId, Route>> routes = routes(consumers);
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setObject(1, routes.stream().map((route) -> route.getKey().value()).toArray(String[]::new));
			statement.setObject(2, routes.stream().map((route) -> route.getValue().type()).toArray(String[]::new));
			statement.setObject(3, routes.stream().map((route) -> route.getValue().topic()).toArray(String[]::new));
			return statement.executeUpdate();
		}
	}

	private static List<Map.Entry<ConsumerId, Route>> routes(Map<ConsumerId, Subscription> consumers) {
		List<Map.Entry<ConsumerId, Route>> routes = new ArrayList<>();
		consumers.forEach((consumer, subscription) -> subscription.allRoutes()
			.forEach((route) -> routes.add(Map.entry(consumer, route))));
		return routes;
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
