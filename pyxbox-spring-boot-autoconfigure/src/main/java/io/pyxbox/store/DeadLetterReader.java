package io.pyxbox.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetter;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.EventId;
import org.jspecify.annotations.Nullable;

/**
 * Reads dead letters. Thread-safe.
 */
public final class DeadLetterReader {

	private final String page;

	private final String one;

	private final String count;

	private final String lastId;

	/**
	 * Creates a reader.
	 * @param table the outbox's tables
	 */
	public DeadLetterReader(EventTable table) {
		// Headers that cannot be read may be the very reason why the event is here.
		String select = """
				SELECT d.id, d.consumer, d.event_id, d.type, d.topic, d.partition_key, d.payload::text AS payload, d.codec,
				  CASE jsonb_typeof(d.headers) WHEN 'object' THEN ARRAY(
				    SELECT unnest(ARRAY[h.key, h.value]) FROM jsonb_each_text(d.headers) h WHERE h.value IS NOT NULL)
				  END AS headers,
				  d.created_at, d.attempts, d.first_failed_at, d.last_failed_at, d.error_class, d.error_message,
				  d.stack_trace, coalesce(d.version, 1) AS version, %s AND EXISTS (SELECT FROM %s r WHERE r.consumer = d.consumer AND r.bucket = d.bucket
				    AND r.id = d.original_id AND r.next_attempt_at IS NULL) AS blocking
				FROM %s d
				"""
			.formatted(stillWaits(table), table.retries(), table.deadLetters());
		this.page = select + "WHERE d.id > ? AND " + DeadLetterCondition.SQL + "ORDER BY d.id LIMIT ?";
		this.one = select + "WHERE d.id = ?";
		this.count = "SELECT count(*) FROM " + table.deadLetters() + " d WHERE " + DeadLetterCondition.SQL;
		this.lastId = "SELECT coalesce(max(id), 0) FROM " + table.deadLetters();
	}

	/**
	 * A condition on a dead letter {@code d}: its event is still there, and its consumer
	 * has not completed it. The event itself is compared, because a table that is
	 * restored or truncated draws the same ids again.
	 */
	static String stillWaits(EventTable table) {
		return """
				EXISTS (SELECT FROM %s e
				  WHERE e.bucket = d.bucket AND e.id = d.original_id AND e.event_id = d.event_id
				    AND d.consumer <> ALL (coalesce(e.completed_by, '{}')))
				""".formatted(table.events());
	}

	/**
	 * Reads a page of dead letters.
	 * @param connection a connection
	 * @param filter which ones
	 * @param afterId the number after which the page begins
	 * @param limit how many at most
	 * @return the dead letters by their numbers
	 * @throws SQLException if the database refuses
	 */
	public List<DeadLetter> list(Connection connection, DeadLetterFilter filter, long afterId, int limit)
			throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.page)) {
			statement.setLong(1, afterId);
			int index = DeadLetterCondition.bind(statement, 1, filter);
			statement.setInt(++index, limit);
			return read(statement);
		}
	}

	/**
	 * Reads a dead letter.
	 * @param connection a connection
	 * @param id its number
	 * @return a list of the dead letter, empty if there is none
	 * @throws SQLException if the database refuses
	 */
	public List<DeadLetter> find(Connection connection, long id) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.one)) {
			statement.setLong(1, id);
			return read(statement);
		}
	}

	/**
	 * Counts dead letters.
	 * @param connection a connection
	 * @param filter which ones
	 * @return how many there are
	 * @throws SQLException if the database refuses
	 */
	public long count(Connection connection, DeadLetterFilter filter) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.count)) {
			DeadLetterCondition.bind(statement, 0, filter);
			try (ResultSet rows = statement.executeQuery()) {
				rows.next();
				return rows.getLong(1);
			}
		}
	}

	/**
	 * Returns the highest number of a dead letter.
	 * @param connection a connection
	 * @return the number, or 0 if there is none
	 * @throws SQLException if the database refuses
	 */
	public long lastId(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(this.lastId)) {
			rows.next();
			return rows.getLong(1);
		}
	}

	private static List<DeadLetter> read(PreparedStatement statement) throws SQLException {
		List<DeadLetter> letters = new ArrayList<>();
		try (ResultSet rows = statement.executeQuery()) {
			while (rows.next()) {
				letters.add(new DeadLetter(rows.getLong("id"), new ConsumerId(rows.getString("consumer")),
						new EventId(rows.getObject("event_id", UUID.class)), rows.getString("type"),
						rows.getString("topic"), rows.getString("partition_key"), rows.getString("payload"),
						headers(rows.getArray("headers")), time(rows, "created_at"), rows.getInt("attempts"),
						time(rows, "first_failed_at"), time(rows, "last_failed_at"), rows.getString("error_class"),
						rows.getString("error_message"), rows.getString("stack_trace"), rows.getBoolean("blocking"),
						rows.getString("codec"), rows.getInt("version")));
			}
		}
		return letters;
	}

	/** Names and values take turns. */
	private static Map<String, String> headers(@Nullable Array array) throws SQLException {
		Map<String, String> headers = new HashMap<>();
		if (array != null) {
			String[] texts = (String[]) array.getArray();
			for (int i = 0; i < texts.length; i += 2) {
				headers.put(texts[i], texts[i + 1]);
			}
		}
		return headers;
	}

	private static Instant time(ResultSet rows, String column) throws SQLException {
		return rows.getObject(column, OffsetDateTime.class).toInstant();
	}

}
