package io.pyxbox.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.OutboxConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out which consumers there are: all that are named anywhere in the outbox's
 * tables. Of the events, only the oldest of each bucket are looked at: what waits for a
 * consumer that is no more ends up there. Thread-safe.
 */
public final class ConsumerReader {

	private static final int SAMPLE_PER_BUCKET = 100;

	private final String registered;

	private final String failing;

	private final String deadLetters;

	private final String waiting;

	/**
	 * Creates a reader.
	 * @param table the outbox's tables
	 */
	public ConsumerReader(EventTable table) {
		this.registered = "SELECT " + Takers.COLUMNS + ", first_seen_at, last_seen_at FROM " + table.consumers();
		this.failing = "SELECT consumer, count(next_attempt_at), count(*) - count(next_attempt_at) FROM "
				+ table.retries() + " GROUP BY consumer";
		this.deadLetters = "SELECT consumer, count(*) FROM " + table.deadLetters() + " GROUP BY consumer";
		this.waiting = """
				SELECT e.type, e.topic, e.consumer, e.completed_by, min(e.created_at) FROM generate_series(0, %d) b,
				  LATERAL (SELECT type, topic, consumer, completed_by, created_at FROM %s
				    WHERE bucket = b::smallint ORDER BY id LIMIT %d) e
				GROUP BY e.type, e.topic, e.consumer, e.completed_by
				""".formatted(Buckets.COUNT - 1, table.events(), SAMPLE_PER_BUCKET);
	}

	/**
	 * Reads what there is to know of consumers.
	 * @param connection a connection
	 * @param declared what the consumers of this application take
	 * @return all consumers by their names
	 * @throws SQLException if the database refuses
	 */
	public List<OutboxConsumer> list(Connection connection, Map<ConsumerId, Subscription> declared)
			throws SQLException {
		ConsumerFindings findings = new ConsumerFindings();
		declared.forEach((consumer, subscription) -> findings.of(consumer.value()).declares(subscription));
		forEach(connection, this.registered, (row) -> {
			ConsumerFinding finding = findings.of(row.getString(1));
			finding.takes(Takers.taken(row, 1));
			finding.isRegistered(time(row, 5), time(row, 6));
		});
		forEach(connection, this.failing, (row) -> findings.of(row.getString(1)).fails(row.getLong(2), row.getLong(3)));
		forEach(connection, this.deadLetters, (row) -> findings.of(row.getString(1)).hasDeadLetters(row.getLong(2)));
		forEach(connection, this.waiting, (row) -> findings.waiting(row.getString(1), row.getString(2),
				row.getString(3), toSet(row.getArray(4)), time(row, 5)));
		return findings.toList();
	}

	private static void forEach(Connection connection, String sql, RowAction action) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql);
				ResultSet rows = statement.executeQuery()) {
			while (rows.next()) {
				action.read(rows);
			}
		}
	}

	private static Instant time(ResultSet row, int column) throws SQLException {
		return row.getObject(column, OffsetDateTime.class).toInstant();
	}

	private static Set<String> toSet(@Nullable Array consumers) throws SQLException {
		return (consumers != null) ? new HashSet<>(List.of((String[]) consumers.getArray())) : Set.of();
	}

	@FunctionalInterface
	private interface RowAction {

		void read(ResultSet row) throws SQLException;

	}

}
