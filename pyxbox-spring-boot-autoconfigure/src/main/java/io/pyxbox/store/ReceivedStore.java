package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

import io.pyxbox.ConsumerId;
import io.pyxbox.MessageId;
import io.pyxbox.MessagePosition;

/**
 * Remembers which messages were received, in the transaction of what they lead to: by one
 * statement, however many they are.
 * <p>
 * The row is inserted first. So whoever receives the same message at the same time waits
 * for the end of the transaction, and receives it if that has rolled back. Rows are
 * inserted in the order of their ids, so two that receive some of the same messages
 * cannot wait for each other in a circle.
 * <p>
 * For positions in a log there is one row for each partition, which goes forward only.
 * Expects READ COMMITTED; under a stricter level, whoever would have to wait fails.
 * Thread-safe.
 */
public final class ReceivedStore {

	private final String insertOne;

	private final String insertMany;

	private final String advance;

	private final String deleteOld;

	/**
	 * Creates a store.
	 * @param table the outbox's tables
	 */
	public ReceivedStore(EventTable table) {
		this.insertOne = """
				INSERT INTO %s (consumer, message_id, original_id) VALUES (?, ?, ?)
				ON CONFLICT (consumer, message_id) DO NOTHING
				""".formatted(table.received());
		this.insertMany = """
				INSERT INTO %s (consumer, message_id, original_id)
				SELECT ?, m.id, m.original FROM unnest(?::uuid[], ?::text[]) AS m (id, original) ORDER BY m.id
				ON CONFLICT (consumer, message_id) DO NOTHING
				RETURNING message_id
				""".formatted(table.received());
		this.advance = """
				INSERT INTO %s AS o (consumer, topic, partition, next_offset, previous_offset)
				SELECT ?, p.topic, p.partition, p.next_offset, 0
				FROM unnest(?::text[], ?::integer[], ?::bigint[]) AS p (topic, partition, next_offset)
				ORDER BY p.topic, p.partition
				ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset,
				  previous_offset = o.next_offset, received_at = clock_timestamp()
				  WHERE o.next_offset < excluded.next_offset
				RETURNING topic, partition, previous_offset
				""".formatted(table.receivedOffsets());
		this.deleteOld = """
				DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
				  SELECT ctid FROM %1$s
				  WHERE received_at >= ? AND received_at < clock_timestamp() - ? * interval '1 millisecond'
				  ORDER BY received_at LIMIT ? FOR UPDATE SKIP LOCKED))
				RETURNING received_at
				""".formatted(table.received());
	}

	/**
	 * Remembers a message.
	 * @param connection a connection in a transaction
	 * @param consumer who receives it
	 * @param message the message
	 * @return whether it was not known
	 * @throws SQLException if the database refuses
	 */
	public boolean receive(Connection connection, ConsumerId consumer, MessageId message) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.insertOne)) {
			statement.setString(1, consumer.value());
			statement.setObject(2, message.value());
			if (message.text() != null) {
				statement.setString(3, message.text());
			}
			else {
				statement.setNull(3, Types.VARCHAR);
			}
			return statement.executeUpdate() == 1;
		}
	}

	/**
	 * Remembers messages.
	 * @param connection a connection in a transaction, which receives no others
	 * @param consumer who receives them
	 * @param messages the messages
	 * @return those that were not known
	 * @throws SQLException if the database refuses
	 */
	public Set<MessageId> receive(Connection connection, ConsumerId consumer, Collection<MessageId> messages)
			throws SQLException {
		Map<UUID, MessageId> byValue = new HashMap<>();
		messages.forEach((message) -> byValue.put(message.value(), message));
		List<MessageId> distinct = List.copyOf(byValue.values());
		Set<MessageId> unknown = new HashSet<>();
		try (PreparedStatement statement = connection.prepareStatement(this.insertMany)) {
			statement.setString(1, consumer.value());
			statement.setArray(2, connection.createArrayOf("uuid", distinct.stream().map(MessageId::value).toArray()));
			statement.setObject(3, distinct.stream().map(MessageId::text).toArray(String[]::new));
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					unknown.add(Objects.requireNonNull(byValue.get(rows.getObject(1, UUID.class))));
				}
			}
		}
		return unknown;
	}

	/**
	 * Remembers up to where logs were received.
	 * @param connection a connection in a transaction, which receives no others
	 * @param consumer who receives them
	 * @param messages the positions of messages
	 * @return those that lie beyond what was received before
	 * @throws SQLException if the database refuses
	 */
	public Set<MessagePosition> advance(Connection connection, ConsumerId consumer,
			Collection<MessagePosition> messages) throws SQLException {
		Map<Partition, Long> next = new HashMap<>();
		messages.forEach((message) -> next.merge(Partition.of(message), message.offset() + 1, Math::max));
		List<Partition> partitions = List.copyOf(next.keySet());
		Map<Partition, Long> previous = new HashMap<>();
		try (PreparedStatement statement = connection.prepareStatement(this.advance)) {
			statement.setString(1, consumer.value());
			statement.setObject(2, partitions.stream().map(Partition::topic).toArray(String[]::new));
			statement.setObject(3, partitions.stream().mapToInt(Partition::number).toArray());
			statement.setObject(4, partitions.stream().mapToLong((partition) -> nextOf(next, partition)).toArray());
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					previous.put(new Partition(rows.getString(1), rows.getInt(2)), rows.getLong(3));
				}
			}
		}
		Set<MessagePosition> unknown = new HashSet<>();
		for (MessagePosition message : messages) {
			Long from = previous.get(Partition.of(message));
			if (from != null && message.offset() >= from) {
				unknown.add(message);
			}
		}
		return unknown;
	}

	private static long nextOf(Map<Partition, Long> next, Partition partition) {
		return Objects.requireNonNull(next.get(partition));
	}

	/**
	 * Forgets messages that were received long ago, the oldest first.
	 * @param connection a connection in a transaction
	 * @param retention how long ago
	 * @param from the time from which on they were received
	 * @param limit how many at most
	 * @return when they were received; fewer than the limit if there are no more
	 * @throws SQLException if the database refuses
	 */
	public List<OffsetDateTime> deleteOld(Connection connection, Duration retention, OffsetDateTime from, int limit)
			throws SQLException {
		List<OffsetDateTime> deleted = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(this.deleteOld)) {
			statement.setObject(1, from);
			statement.setLong(2, retention.toMillis());
			statement.setInt(3, limit);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					deleted.add(rows.getObject(1, OffsetDateTime.class));
				}
			}
		}
		return deleted;
	}

	/**
	 * A partition of a log.
	 *
	 * @param topic the topic
	 * @param number the number of the partition
	 */
	private record Partition(String topic, int number) {

		static Partition of(MessagePosition message) {
			return new Partition(message.topic(), message.partition());
		}

	}

}
