package io.pyxbox.schema;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

/**
 * An instance of version 1, as the database sees it: emits numbers, and delivers them to
 * two consumers that take the same type. Every tenth number fails once, every fiftieth
 * until it is given up.
 */
final class VersionOneInstance {

	static final List<String> CONSUMERS = List.of("mail", "stock");

	static final int BUCKETS = 4;

	private static final String[] TYPES = { "T" };

	private static final String[] NONE = {};

	private final Queue<Delivery> delivered = new ConcurrentLinkedQueue<>();

	Queue<Delivery> delivered() {
		return this.delivered;
	}

	/** Emits some numbers in one transaction. */
	void emit(Connection connection, int from, int to) throws SQLException {
		connection.setAutoCommit(false);
		if (from == to) {
			emitOne(connection, from);
		}
		else {
			emitMany(connection, IntStream.rangeClosed(from, to).toArray());
		}
	}

	private static void emitOne(Connection connection, int number) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(VersionOneStatements.INSERT_ONE)) {
			statement.setShort(1, (short) (number % BUCKETS));
			statement.setObject(2, UUID.randomUUID());
			statement.setString(3, TYPES[0]);
			statement.setString(4, null);
			statement.setString(5, key(number));
			statement.setString(6, String.valueOf(number));
			statement.setString(7, null);
			statement.executeUpdate();
		}
	}

	private static void emitMany(Connection connection, int[] numbers) throws SQLException {
		short[] buckets = new short[numbers.length];
		UUID[] ids = new UUID[numbers.length];
		for (int i = 0; i < numbers.length; i++) {
			buckets[i] = (short) (numbers[i] % BUCKETS);
			ids[i] = UUID.randomUUID();
		}
		try (PreparedStatement statement = connection.prepareStatement(VersionOneStatements.INSERT_MANY)) {
			statement.setObject(1, buckets);
			statement.setArray(2, connection.createArrayOf("uuid", ids));
			statement.setObject(3, IntStream.of(numbers).mapToObj((number) -> TYPES[0]).toArray(String[]::new));
			statement.setObject(4, new String[numbers.length]);
			statement.setObject(5, IntStream.of(numbers).mapToObj(VersionOneInstance::key).toArray(String[]::new));
			statement.setObject(6, IntStream.of(numbers).mapToObj(String::valueOf).toArray(String[]::new));
			statement.setObject(7, new String[numbers.length]);
			statement.executeUpdate();
		}
	}

	/** Looks for events and works once on each lane of a consumer. */
	void work(Connection connection, String consumer) throws SQLException {
		connection.setAutoCommit(true);
		probe(connection);
		connection.setAutoCommit(false);
		for (int bucket = 0; bucket < BUCKETS; bucket++) {
			work(connection, consumer, bucket);
			connection.commit();
		}
	}

	private static void probe(Connection connection) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(VersionOneStatements.NEWEST_IDS)) {
			statement.setObject(1, new long[BUCKETS]);
			statement.executeQuery().close();
		}
	}

	private void work(Connection connection, String consumer, int bucket) throws SQLException {
		List<Event> events = claim(connection, consumer, bucket);
		List<Delivery> handled = new ArrayList<>();
		List<Long> completed = new ArrayList<>();
		List<Long> tried = new ArrayList<>();
		for (Event event : events) {
			if (event.number() % 50 == 0 && event.attempts() > 0) {
				giveUp(connection, consumer, bucket, event);
				handled.add(new Delivery(consumer, event.number(), true));
			}
			else if (event.number() % 10 == 0 && event.attempts() == 0) {
				retry(connection, consumer, bucket, event);
				continue;
			}
			else {
				handled.add(new Delivery(consumer, event.number(), false));
			}
			completed.add(event.id());
			if (event.attempts() > 0) {
				tried.add(event.id());
			}
		}
		if (!tried.isEmpty()) {
			update(connection, VersionOneStatements.DELETE_RETRIES, consumer, (short) bucket, ids(tried));
		}
		complete(connection, consumer, bucket, ids(completed));
		connection.commit();
		this.delivered.addAll(handled);
	}

	private static List<Event> claim(Connection connection, String consumer, int bucket) throws SQLException {
		Map<Long, Integer> attempts = new HashMap<>();
		List<Event> events = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(VersionOneStatements.CLAIM)) {
			Object[] values = { lockKey(consumer, bucket), consumer, bucket, (short) bucket, 0L, TYPES, NONE, NONE,
					consumer, 100 };
			set(statement, values);
			statement.execute();
			try (ResultSet locked = nextResult(statement)) {
				if (!locked.next() || !locked.getBoolean(1)) {
					return events;
				}
			}
			try (ResultSet failing = nextResult(statement)) {
				while (failing.next()) {
					attempts.put(failing.getLong(1), failing.getInt(3));
				}
			}
			read(nextResult(statement), attempts, events);
		}
		if (!attempts.isEmpty()) {
			events.clear();
			try (PreparedStatement statement = connection.prepareStatement(VersionOneStatements.READ_UNBLOCKED)) {
				Object[] values = { (short) bucket, 0L, TYPES, NONE, NONE, consumer, new long[0], NONE, 100 };
				set(statement, values);
				statement.execute();
				read(nextResult(statement), attempts, events);
			}
		}
		return events;
	}

	static long lockKey(String consumer, int bucket) {
		return ((long) consumer.hashCode() << 6) | bucket;
	}

	private static void read(ResultSet rows, Map<Long, Integer> attempts, List<Event> events) throws SQLException {
		while (rows.next()) {
			long id = rows.getLong(1);
			events.add(new Event(id, rows.getString(5), rows.getInt(6), attempts.getOrDefault(id, 0)));
		}
	}

	private static ResultSet nextResult(PreparedStatement statement) throws SQLException {
		ResultSet rows = statement.getResultSet();
		while (rows == null || rows.isClosed()) {
			if (!statement.getMoreResults(Statement.KEEP_CURRENT_RESULT) && statement.getUpdateCount() == -1) {
				throw new SQLException("A statement of the claim returned no result");
			}
			rows = statement.getResultSet();
		}
		return rows;
	}

	private static void retry(Connection connection, String consumer, int bucket, Event event) throws SQLException {
		update(connection, VersionOneStatements.UPSERT_RETRY, consumer, (short) bucket, new long[] { event.id() },
				new String[] { event.key() }, new int[] { 1 }, new long[] { 0 }, new String[] { "failed" });
	}

	private static void giveUp(Connection connection, String consumer, int bucket, Event event) throws SQLException {
		update(connection, VersionOneStatements.INSERT_DEAD_LETTER, consumer, 2, "Mishap", "failed", "at", consumer,
				(short) bucket, event.id());
	}

	/** As consumers do that take the same events. */
	private static void complete(Connection connection, String consumer, int bucket, long[] ids) throws SQLException {
		List<Long> last = new ArrayList<>();
		List<Long> notLast = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(VersionOneStatements.LOCK_SHARED)) {
			statement.setShort(1, (short) bucket);
			statement.setObject(2, ids);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					Array completedBy = rows.getArray(4);
					((completedBy != null) ? last : notLast).add(rows.getLong(1));
				}
			}
		}
		int deleted = update(connection, VersionOneStatements.DELETE, (short) bucket, ids(last));
		int updated = update(connection, VersionOneStatements.ADD_COMPLETION, consumer, (short) bucket, ids(notLast));
		if (deleted + updated != ids.length) {
			throw new SQLException("The claim was lost");
		}
	}

	private static int update(Connection connection, String sql, Object... values) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			set(statement, values);
			return statement.executeUpdate();
		}
	}

	private static void set(PreparedStatement statement, Object... values) throws SQLException {
		for (int i = 0; i < values.length; i++) {
			statement.setObject(i + 1, values[i]);
		}
	}

	private static long[] ids(List<Long> ids) {
		return ids.stream().mapToLong(Long::longValue).toArray();
	}

	private static String key(int number) {
		return "key-" + number % 20;
	}

	private record Event(long id, String key, int number, int attempts) {
	}

	/**
	 * What became of a number.
	 *
	 * @param consumer whose delivery it was
	 * @param number the number
	 * @param dead whether it was given up
	 */
	record Delivery(String consumer, int number, boolean dead) {
	}

}
