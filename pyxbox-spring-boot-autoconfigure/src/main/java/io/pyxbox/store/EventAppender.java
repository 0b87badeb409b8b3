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

	private final String insertManyWithAll;

	private final String insertDelayed;

	private final EventCopy copy;

	/**
	 * Creates an appender.
	 * @param table the table to write to
	 */
	public EventAppender(EventTable table) {
		this.insertOne = """
				INSERT INTO %s (%s)
				VALUES (?, ?, ?, ?, ?, ?::jsonb, ?::jsonb)
				""".formatted(table.events(), EventTable.PLAIN_COLUMNS);
		String insertMany = """
				INSERT INTO %%s (%1$s%%s)
				SELECT bucket, event_id, type, topic, partition_key, payload::jsonb, headers::jsonb%%s
				FROM unnest(?::smallint[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[]%%s)
				  WITH ORDINALITY AS e (%1$s%%s, position)
				ORDER BY position
				""".formatted(EventTable.PLAIN_COLUMNS);
		this.insertMany = insertMany.formatted(table.events(), "", "", "", "");
		String all = ", version, codec, encoded";
		String allTypes = ", ?::smallint[], ?::text[], ?::bytea[]";
		this.insertManyWithAll = insertMany.formatted(table.events(), all, all, allTypes, all);
		// Never before it is stored: so nothing can appear among what was due long ago.
		this.insertDelayed = insertMany.formatted(table.delayed(), all + ", due_at", all + """
				, greatest(clock_timestamp(),
				  coalesce(at::timestamptz, clock_timestamp() + delay * interval '1 microsecond'))""",
				allTypes + ", ?::text[], ?::bigint[]", all + ", at, delay");
		this.copy = new EventCopy(table);
	}

	/**
	 * Writes events, in the connection's transaction.
	 * @param connection the connection
	 * @param events the events
	 * @throws SQLException if the database refuses
	 */
	public void append(Connection connection, List<NewEvent> events) throws SQLException {
		if (events.stream().noneMatch(NewEvent::isDelayed)) {
			appendNow(connection, events);
		}
		else {
			appendNow(connection, events.stream().filter((event) -> !event.isDelayed()).toList());
			appendDelayed(connection, events.stream().filter(NewEvent::isDelayed).toList());
		}
	}

	private void appendNow(Connection connection, List<NewEvent> events) throws SQLException {
		if (events.size() == 1 && events.get(0).isPlain()) {
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
		boolean plain = events.stream().allMatch(NewEvent::isPlain);
		String insert = plain ? this.insertMany : this.insertManyWithAll;
		try (PreparedStatement statement = connection.prepareStatement(insert)) {
			int index = bindPlain(connection, statement, events);
			if (!plain) {
				bindRest(connection, statement, index, events);
			}
			statement.executeUpdate();
		}
	}

	private void appendDelayed(Connection connection, List<NewEvent> events) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.insertDelayed)) {
			int index = bindRest(connection, statement, bindPlain(connection, statement, events), events);
			List<@Nullable DueTime> due = events.stream().map(NewEvent::due).toList();
			statement.setArray(++index, connection.createArrayOf("text",
					due.stream().map((each) -> (each != null) ? each.atText() : null).toArray()));
			statement.setArray(++index, connection.createArrayOf("bigint",
					due.stream().map((each) -> (each != null) ? each.delayInMicros() : null).toArray()));
			statement.executeUpdate();
		}
	}

	private static int bindPlain(Connection connection, PreparedStatement statement, List<NewEvent> events)
			throws SQLException {
		short[] buckets = new short[events.size()];
		UUID[] ids = new UUID[events.size()];
		for (int i = 0; i < buckets.length; i++) {
			buckets[i] = (short) events.get(i).bucket();
			ids[i] = events.get(i).eventId().value();
		}
		int index = 0;
		statement.setObject(++index, buckets);
		statement.setArray(++index, connection.createArrayOf("uuid", ids));
		statement.setObject(++index, strings(events, NewEvent::type));
		statement.setObject(++index, strings(events, NewEvent::topic));
		statement.setObject(++index, strings(events, NewEvent::partitionKey));
		statement.setObject(++index, strings(events, NewEvent::payload));
		statement.setObject(++index, strings(events, NewEvent::headers));
		return index;
	}

	private static int bindRest(Connection connection, PreparedStatement statement, int start, List<NewEvent> events)
			throws SQLException {
		int index = start;
		statement.setArray(++index,
				connection.createArrayOf("smallint", events.stream().map(NewEvent::storedVersion).toArray()));
		statement.setObject(++index, strings(events, EventAppender::codec));
		statement.setArray(++index, connection.createArrayOf("bytea", encoded(events)));
		return index;
	}

	private static @Nullable String[] strings(List<NewEvent> events, Function<NewEvent, @Nullable String> property) {
		@Nullable String[] values = new @Nullable String[events.size()];
		for (int i = 0; i < values.length; i++) {
			values[i] = property.apply(events.get(i));
		}
		return values;
	}

	private static @Nullable String codec(NewEvent event) {
		NewEvent.Encoded encoded = event.encoded();
		return (encoded != null) ? encoded.codec() : null;
	}

	private static byte @Nullable [][] encoded(List<NewEvent> events) {
		byte @Nullable [][] values = new byte @Nullable [events.size()][];
		for (int i = 0; i < values.length; i++) {
			NewEvent.Encoded encoded = events.get(i).encoded();
			values[i] = (encoded != null) ? encoded.bytes() : null;
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
