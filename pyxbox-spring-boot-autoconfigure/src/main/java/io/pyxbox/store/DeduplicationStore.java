package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.UUID;

import io.pyxbox.EventId;
import io.pyxbox.MessageId;
import org.jspecify.annotations.Nullable;

/**
 * Has an event stored once under a key, in the transaction that emits it.
 * <p>
 * The key's row is inserted before the event's. So whoever emits under the same key at
 * the same time waits for the end of the transaction, and goes first if that has rolled
 * back. Expects READ COMMITTED; under a stricter level, whoever would have to wait fails.
 * <p>
 * <b>When a key is free again.</b> Its row expires some time after the event was emitted,
 * or, if it is delayed, after it is due. Then it is looked whether the event still waits:
 * by its id if it is delayed, otherwise in its bucket, from the id on that was the last
 * one drawn when the key was taken. If it does, it is looked again later, when a delayed
 * one is due, or in a while. So a million that wait for next year are not looked at
 * before. Thread-safe.
 */
public final class DeduplicationStore {

	private static final Duration LOOK_AGAIN = Duration.ofMinutes(10);

	private final String take;

	private final String find;

	private final String removeExpired;

	/**
	 * Creates a store.
	 * @param table the outbox's tables
	 */
	public DeduplicationStore(EventTable table) {
		this.take = """
				INSERT INTO %s (key_id, key, event_id, bucket, after_id, expires_at)
				SELECT ?, ?, ?, ?, CASE WHEN is_called THEN last_value ELSE last_value - 1 END,
				  greatest(clock_timestamp(), ?::timestamptz, clock_timestamp() + ? * interval '1 microsecond')
				    + ? * interval '1 millisecond' FROM %s
				ON CONFLICT (key_id) DO NOTHING
				""".formatted(table.deduplication(), table.sequence());
		this.find = "SELECT event_id FROM " + table.deduplication() + " WHERE key_id = ?";
		// Two limits of one column would look selective to a planner without statistics,
		// and it would sort what it finds in place of following the index.
		this.removeExpired = """
				WITH expired AS MATERIALIZED (
				  SELECT key_id, event_id, bucket, after_id, expires_at FROM %1$s
				  WHERE (expires_at, key_id) >= (coalesce(?::timestamptz, '-infinity'), '00000000-0000-0000-0000-000000000000')
				    AND expires_at <= statement_timestamp()
				  ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED
				), waiting AS MATERIALIZED (
				  SELECT x.key_id, d.due_at FROM expired x LEFT JOIN %2$s d ON d.event_id = x.event_id
				  WHERE d.event_id IS NOT NULL OR EXISTS (SELECT FROM %3$s e
				    WHERE e.bucket = x.bucket AND e.id > x.after_id AND e.event_id = x.event_id)
				), extended AS (
				  UPDATE %1$s k SET expires_at = greatest(w.due_at, clock_timestamp() + ? * interval '1 millisecond')
				  FROM waiting w WHERE k.key_id = w.key_id
				), removed AS (
				  DELETE FROM %1$s k USING expired x
				  WHERE k.key_id = x.key_id AND NOT EXISTS (SELECT FROM waiting w WHERE w.key_id = x.key_id)
				)
				SELECT count(*), max(expires_at) FROM expired
				"""
			.formatted(table.deduplication(), table.delayed(), table.events());
	}

	/**
	 * Takes a key for an event, in the connection's transaction.
	 * @param connection the connection
	 * @param key the key
	 * @param event the event that is to be stored under it
	 * @param window for how long the key is taken at least, from now or from when the
	 * event is due
	 * @return the event's id, or that of another event that has the key: then this one
	 * must not be stored
	 * @throws SQLException if the database refuses
	 */
	public EventId take(Connection connection, String key, NewEvent event, Duration window) throws SQLException {
		// Not of a key alone: texts that are UUIDs are the same in small letters as in
		// capitals.
		UUID id = MessageId.of("key/" + key).value();
		while (true) {
			if (insert(connection, id, key, event, window)) {
				return event.eventId();
			}
			try (PreparedStatement statement = connection.prepareStatement(this.find)) {
				statement.setObject(1, id);
				try (ResultSet rows = statement.executeQuery()) {
					if (rows.next()) {
						return new EventId(rows.getObject(1, UUID.class));
					}
				}
			}
			// It has expired in between.
		}
	}

	private boolean insert(Connection connection, UUID id, String key, NewEvent event, Duration window)
			throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.take)) {
			statement.setObject(1, id);
			statement.setString(2, key);
			statement.setObject(3, event.eventId().value());
			statement.setShort(4, (short) event.bucket());
			DueTime due = event.due();
			statement.setString(5, (due != null) ? due.atText() : null);
			statement.setObject(6, (due != null) ? due.delayInMicros() : null, Types.BIGINT);
			statement.setLong(7, window.toMillis());
			return statement.executeUpdate() > 0;
		}
	}

	/**
	 * Frees keys that have expired and whose events do not wait any more.
	 * @param connection a connection in auto-commit mode
	 * @param from from when on to look: what was freed remains in the index until vacuum
	 * may remove it, and must not be stepped over each time; {@code null} for all times
	 * @param limit how many to look at
	 * @return what was looked at; fewer than the limit if there are no more
	 * @throws SQLException if the database refuses
	 */
	public Looked removeExpired(Connection connection, @Nullable OffsetDateTime from, int limit) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.removeExpired)) {
			statement.setObject(1, from);
			statement.setInt(2, limit);
			statement.setLong(3, LOOK_AGAIN.toMillis());
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				return new Looked(row.getInt(1), row.getObject(2, OffsetDateTime.class));
			}
		}
	}

	/**
	 * What was looked at.
	 *
	 * @param count how many keys
	 * @param latest when the last of them expired; {@code null} if there is none
	 */
	public record Looked(int count, @Nullable OffsetDateTime latest) {
	}

}
