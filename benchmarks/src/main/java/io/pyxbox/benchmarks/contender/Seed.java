package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;

/**
 * The algorithm of the Python original: one thread, one event per transaction, the oldest
 * by a column that has no index; 10 ms of sleep after each look at the table.
 */
final class Seed extends JdbcContender {

	private static final String TABLE = """
			CREATE TABLE IF NOT EXISTS seed_events (
			  id uuid PRIMARY KEY, topic text NOT NULL, partition_key text NOT NULL, class_name text NOT NULL,
			  data jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
			  updated_at timestamptz, deleted_at timestamptz)
			""";

	private static final String INSERT = """
			INSERT INTO seed_events (id, topic, partition_key, class_name, data) VALUES (?, 'orders', ?, 'Order', ?::jsonb)
			""";

	private static final String TAKE = """
			DELETE FROM seed_events WHERE id = (
			  SELECT id FROM seed_events ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING data
			""";

	Seed(Target target, Handler handler) {
		super(target, handler, 1, Duration.ofMillis(10));
		createTable(TABLE);
	}

	@Override
	public void store(Connection connection, List<Order> orders) throws SQLException {
		try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
			for (Order order : orders) {
				insert.setObject(1, UUID.randomUUID());
				insert.setString(2, order.customer());
				insert.setString(3, mapper().writeValueAsString(order));
				insert.executeUpdate();
			}
		}
	}

	@Override
	protected boolean take(Connection connection) throws SQLException {
		try (PreparedStatement take = connection.prepareStatement(TAKE);
				PreparedStatement insert = connection.prepareStatement(Handler.INSERT);
				ResultSet rows = take.executeQuery()) {
			while (rows.next()) {
				handler().handle(mapper().readValue(rows.getBytes(1), Order.class),
						(number) -> HandWritten.insert(insert, number));
			}
		}
		connection.commit();
		return false;
	}

}
