package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;

/**
 * The practical limit: JDBC by hand, two threads, a thousand events by one
 * {@code DELETE ... RETURNING} and one commit, JSON decoded; no order, no retries, no
 * metadata. Looks for more after 5 ms where it found nothing.
 */
final class HandWritten extends JdbcContender {

	private static final String TABLE = """
			CREATE TABLE IF NOT EXISTS hand_events (
			  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb NOT NULL)
			""";

	private static final String TAKE = """
			DELETE FROM hand_events WHERE id IN (
			  SELECT id FROM hand_events ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED) RETURNING payload
			""";

	HandWritten(Target target, Handler handler) {
		super(target, handler, 2, Duration.ofMillis(5));
		createTable(TABLE);
	}

	@Override
	public void store(Connection connection, List<Order> orders) throws SQLException {
		String sql = (orders.size() == 1) ? "INSERT INTO hand_events (payload) VALUES (?::jsonb)"
				: "INSERT INTO hand_events (payload) SELECT p::jsonb FROM unnest(?::text[]) p";
		try (PreparedStatement insert = connection.prepareStatement(sql)) {
			String[] payloads = orders.stream().map(mapper()::writeValueAsString).toArray(String[]::new);
			if (payloads.length == 1) {
				insert.setString(1, payloads[0]);
			}
			else {
				insert.setArray(1, connection.createArrayOf("text", payloads));
			}
			insert.executeUpdate();
		}
	}

	@Override
	protected boolean take(Connection connection) throws SQLException {
		int count = 0;
		try (PreparedStatement take = connection.prepareStatement(TAKE);
				PreparedStatement insert = connection.prepareStatement(Handler.INSERT);
				ResultSet rows = take.executeQuery()) {
			while (rows.next()) {
				count++;
				handler().handle(mapper().readValue(rows.getBytes(1), Order.class),
						(number) -> HandWritten.insert(insert, number));
			}
		}
		connection.commit();
		return count > 0;
	}

	static void insert(PreparedStatement insert, int number) {
		try {
			insert.setInt(1, number);
			insert.executeUpdate();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
