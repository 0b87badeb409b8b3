package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * Step 2: writes events in the order given, by one statement whose text does not depend
 * on their number. Thread-safe.
 */
public final class EventAppender {

	/** An estimate: copying takes a round trip more, and less work for each event. */
	static final int WORTH_COPYING = 1_000;

	private final String insertOne;

	private final String insertMany;

	private final EventCopy copy;

	/**
	 * Creates an appender.
	 * @param table the table to write to
	 */
	public EventAppender(EventTable table) {
		this.insertOne = """
				INSERT INTO %s (bucket, event_id, type, topic, partition_key, payload, headers)
				VALUES (?, ?, ?, ?, ?, ?::jsonb, ?::jsonb)
				""".formatted(table.events());
		this.insertMany = """
				INSERT INTO %s (bucket, event_id, type, topic, partition_key, payload, headers)
				SELECT bucket, event_id, type, topic, partition_key, payload::jsonb, headers::jsonb
				FROM unnest(?::smallint[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
				  WITH ORDINALITY AS e (bucket, event_id, type, topic, partition_key, payload, headers, position)
				ORDER BY position
				""".formatted(table.events());
		this.copy = new EventCopy(table);
	}

	/**
	 * Writes events, in the connection's transaction.
	 * @param connection the connection
	 * @param events the events
	 * @throws SQLException if the database refuses
	 */
	public void append(Connection connection, List<NewEvent> events) throws SQLException {
		if (events.size() == 1) {
			appendOne(connection, events.get(0));
		}
		else if (events.size() >= WORTH_COPYING && this.copy.isPossible(connection)) {
			this.copy.write(connection, events);
		}
		else if (!events.isEmpty()) {
			appendMany(connection, events);
		}
	}

	private void appendOne(Connection connection, NewEvent event) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.insertOne)) {
			statement.setShort(1, (short) event.bucket());
			statement.setObject(2, event.eventId().value());
			statement.setString(3, event.type());
			setNullableString(statement, 4, event.topic());
			setNullableString(statement, 5, event.partitionKey());
			statement.setString(6, event.payload());
			setNullableString(statement, 7, event.headers());
			statement.executeUpdate();
		}
	}

	private void appendMany(Connection connection, List<NewEvent> events) throws SQLException {
		short[] buckets = new short[events.size()];
		UUID[] ids = new UUID[events.size()];
		for (int i = 0; i < buckets.length; i++) {
			buckets[i] = (short) events.get(i).bucket();
			ids[i] = events.get(i).eventId().value();
		}
		try (PreparedStatement statement = connection.prepareStatement(this.insertMany)) {
			statement.setObject(1, buckets);
			statement.setArray(2, connection.createArrayOf("uuid", ids));
			statement.setObject(3, strings(events, NewEvent::type));
			statement.setObject(4, strings(events, NewEvent::topic));
			statement.setObject(5, strings(events, NewEvent::partitionKey));
			statement.setObject(6, strings(events, NewEvent::payload));
			statement.setObject(7, strings(events, NewEvent::headers));
			statement.executeUpdate();
		}
	}

	private static @Nullable String[] strings(List<NewEvent> events, Function<NewEvent, @Nullable String> property) {
		@Nullable String[] values = new @Nullable String[events.size()];
		for (int i = 0; i < values.length; i++) {
			values[i] = property.apply(events.get(i));
		}
		return values;
	}

	private static void setNullableString(PreparedStatement statement, int index, @Nullable String value)
			throws SQLException {
		if (value != null) {
			statement.setString(index, value);
		}
		else {
			statement.setNull(index, Types.VARCHAR);
		}
	}

}
