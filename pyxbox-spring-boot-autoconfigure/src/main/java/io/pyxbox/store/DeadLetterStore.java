package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetterFilter;

/**
 * Redrives and discards dead letters: first they are locked, then something is done about
 * them, in the same transaction.
 * <p>
 * <b>What is redriven where.</b> An event that still waits for its consumer stays where
 * it is, and its retry row becomes due with all attempts before it: the row stays,
 * because what is due is read by its id, however far the lane has come in the meantime.
 * Any other event is stored again for its consumer alone, behind what waits now, in the
 * order of the dead letters. No event is both, and none is neither: what decides is the
 * event's row, not the policy under which the delivery was given up.
 * <p>
 * <b>Once, from any number of places.</b> Dead letters are locked as they are chosen, and
 * those that another transaction has locked are passed over. Nobody waits for them, and
 * whoever has one is the only one to act on it.
 * <p>
 * <b>No circle of locks.</b> Locks are waited for in this order, which is also that of
 * {@link SettlementStore}:
 * <ol>
 * <li>dead letters: never waited for;
 * <li>retry rows, by (consumer, bucket, id), in one statement. A settlement touches those
 * of the events that it has claimed, and blocked ones are not claimed: so they meet only
 * where somebody is acting on the consumer as a whole;
 * <li>events, by (bucket, id), in one statement, and only to discard what still waits. A
 * settlement locks those of its lane by the id, after everything else. So whoever waits
 * for an event holds only such that come before it.
 * </ol>
 * This holds for a transaction with one batch in it. One with several, or that has locked
 * rows of its own before, may be in the way of another; PostgreSQL then ends one of the
 * two, and nothing is lost by it.
 * <p>
 * Expects READ COMMITTED: what is looked at after locking must be as it is then.
 * Thread-safe.
 */
public final class DeadLetterStore {

	/** So that even a batch without a limit does not have to be in memory at once. */
	private static final int FETCH_SIZE = 1000;

	private final String lockFiltered;

	private final String lockGiven;

	private final String release;

	private final String forgetFailures;

	private final String storeAgain;

	private final String lockEvents;

	private final String deleteCompleted;

	private final String addCompletion;

	private final String delete;

	/**
	 * Creates a store.
	 * @param table the outbox's tables
	 */
	public DeadLetterStore(EventTable table) {
		String choose = "SELECT d.id, d.consumer, d.bucket, " + DeadLetterReader.stillWaits(table) + " FROM "
				+ table.deadLetters() + " d ";
		this.lockFiltered = choose + "WHERE d.id > ? AND d.id <= ? AND " + DeadLetterCondition.SQL
				+ "ORDER BY d.id LIMIT ? FOR UPDATE OF d SKIP LOCKED";
		this.lockGiven = choose + "WHERE d.id = ANY (?::bigint[]) ORDER BY d.id FOR UPDATE OF d SKIP LOCKED";
		// But for those of other events, which have got the same ids in a table that was
		// truncated.
		String failures = """
				WITH failing AS MATERIALIZED (SELECT r.consumer, r.bucket, r.id
				  FROM %s d JOIN %s r ON r.consumer = d.consumer AND r.bucket = d.bucket AND r.id = d.original_id
				  WHERE d.id = ANY (?::bigint[]) AND NOT EXISTS (SELECT FROM %s e
				    WHERE e.bucket = d.bucket AND e.id = d.original_id AND e.event_id <> d.event_id)
				  ORDER BY r.consumer, r.bucket, r.id FOR UPDATE OF r)
				""".formatted(table.deadLetters(), table.retries(), table.events());
		this.release = failures + """
				UPDATE %s r SET attempts = 0, crashes = 0, next_attempt_at = clock_timestamp() FROM failing f
				WHERE r.consumer = f.consumer AND r.bucket = f.bucket AND r.id = f.id AND r.next_attempt_at IS NULL
				""".formatted(table.retries());
		this.forgetFailures = failures + """
				DELETE FROM %s r USING failing f
				WHERE r.consumer = f.consumer AND r.bucket = f.bucket AND r.id = f.id
				""".formatted(table.retries());
		this.storeAgain = """
				WITH again AS (DELETE FROM %1$s WHERE id = ANY (?::bigint[]) RETURNING *)
				INSERT INTO %2$s (%3$s, created_at, consumer)
				SELECT %3$s, created_at, consumer
				FROM again ORDER BY id
				""".formatted(table.deadLetters(), table.events(), EventTable.EMITTED_COLUMNS);
		this.lockEvents = """
				SELECT count(*) FROM (SELECT FROM %s e JOIN %s d
				  ON d.bucket = e.bucket AND d.original_id = e.id AND d.event_id = e.event_id
				  WHERE d.id = ANY (?::bigint[]) ORDER BY e.bucket, e.id FOR UPDATE OF e) locked
				""".formatted(table.events(), table.deadLetters());
		// Several consumers may have given up the same event.
		String done = """
				(SELECT bucket, original_id, event_id, array_agg(consumer) AS consumers
				  FROM %s WHERE id = ANY (?::bigint[]) GROUP BY bucket, original_id, event_id) d
				WHERE e.bucket = d.bucket AND e.id = d.original_id AND e.event_id = d.event_id
				""".formatted(table.deadLetters());
		this.deleteCompleted = "DELETE FROM " + table.events() + " e USING " + done
				+ "AND (e.consumer = ANY (d.consumers) OR e.consumer IS NULL AND NOT "
				+ Takers.stillWaitedFor(table, "t.consumer <> ALL (d.consumers)") + ")";
		this.addCompletion = "UPDATE " + table.events() + " e SET completed_by = "
				+ "ARRAY(SELECT DISTINCT c FROM unnest(e.completed_by || d.consumers) c) FROM " + done;
		this.delete = "DELETE FROM " + table.deadLetters() + " WHERE id = ANY (?::bigint[])";
	}

	/**
	 * Gives each statement of the connection's transaction a snapshot of its own,
	 * whatever the default of the pool is.
	 * @param connection a connection whose transaction has executed nothing yet
	 * @throws SQLException if the database refuses
	 */
	public static void readCommitted(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
		}
	}

	/**
	 * Chooses and locks dead letters that pass a filter, in the order of their numbers.
	 * @param connection a connection in a transaction
	 * @param filter which ones
	 * @param afterId the number after which they begin
	 * @param lastId the last number
	 * @param limit how many at most
	 * @return what was locked; fewer than the limit if there are no more
	 * @throws SQLException if the database refuses
	 */
	public Batch lock(Connection connection, DeadLetterFilter filter, long afterId, long lastId, int limit)
			throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.lockFiltered)) {
			statement.setLong(1, afterId);
			statement.setLong(2, lastId);
			int index = DeadLetterCondition.bind(statement, 2, filter);
			statement.setInt(++index, limit);
			return read(statement);
		}
	}

	/**
	 * Locks given dead letters.
	 * @param connection a connection in a transaction
	 * @param ids their numbers
	 * @return what was locked; those that are not there, or locked by others, are not
	 * among them
	 * @throws SQLException if the database refuses
	 */
	public Batch lock(Connection connection, Collection<Long> ids) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.lockGiven)) {
			statement.setObject(1, ids.stream().mapToLong(Long::longValue).toArray());
			return read(statement);
		}
	}

	private static Batch read(PreparedStatement statement) throws SQLException {
		LongStream.Builder waiting = LongStream.builder();
		LongStream.Builder gone = LongStream.builder();
		Map<ConsumerId, Set<Integer>> buckets = new HashMap<>();
		long lastId = 0;
		statement.setFetchSize(FETCH_SIZE);
		try (ResultSet rows = statement.executeQuery()) {
			while (rows.next()) {
				lastId = rows.getLong(1);
				(rows.getBoolean(4) ? waiting : gone).add(lastId);
				buckets.computeIfAbsent(new ConsumerId(rows.getString(2)), (absent) -> new TreeSet<>())
					.add(rows.getInt(3));
			}
		}
		return new Batch(waiting.build().toArray(), gone.build().toArray(), buckets, lastId);
	}

	/**
	 * Redrives dead letters: they are gone, and their events are to be delivered.
	 * @param connection the connection that has locked them
	 * @param batch the dead letters
	 * @throws SQLException if the database refuses
	 */
	public void redrive(Connection connection, Batch batch) throws SQLException {
		update(connection, this.forgetFailures, batch.gone());
		update(connection, this.release, batch.waiting());
		update(connection, this.storeAgain, batch.gone());
		update(connection, this.delete, batch.waiting());
	}

	/**
	 * Discards dead letters: they are gone, and their events are completed for their
	 * consumers.
	 * @param connection the connection that has locked them
	 * @param batch the dead letters
	 * @param declared what the consumers of this application take
	 * @throws SQLException if the database refuses
	 */
	public void discard(Connection connection, Batch batch, Map<ConsumerId, Subscription> declared)
			throws SQLException {
		complete(connection, batch, declared);
		update(connection, this.delete, batch.all());
	}

	/**
	 * Completes the events of dead letters for their consumers. The dead letters stay,
	 * and block no more.
	 * @param connection the connection that has locked them
	 * @param batch the dead letters
	 * @param declared what the consumers of this application take
	 * @return how many events were deleted, because nobody else still has to take them
	 * @throws SQLException if the database refuses
	 */
	public int complete(Connection connection, Batch batch, Map<ConsumerId, Subscription> declared)
			throws SQLException {
		update(connection, this.forgetFailures, batch.all());
		if (batch.waiting().length == 0) {
			return 0;
		}
		// Once the rows are locked, nobody else completes them: the rest is for us to
		// say.
		try (PreparedStatement statement = connection.prepareStatement(this.lockEvents)) {
			statement.setObject(1, batch.waiting());
			statement.execute();
		}
		int deleted;
		try (PreparedStatement statement = connection.prepareStatement(this.deleteCompleted)) {
			statement.setObject(1, batch.waiting());
			Takers.bind(statement, 1, declared);
			deleted = statement.executeUpdate();
		}
		update(connection, this.addCompletion, batch.waiting());
		return deleted;
	}

	private static void update(Connection connection, String sql, long[] ids) throws SQLException {
		if (ids.length > 0) {
			try (PreparedStatement statement = connection.prepareStatement(sql)) {
				statement.setObject(1, ids);
				statement.executeUpdate();
			}
		}
	}

	/**
	 * Dead letters that the connection's transaction has locked, so that nobody else acts
	 * on them.
	 *
	 * @param waiting those whose event still waits for the consumer
	 * @param gone those whose event is gone, for the consumer at least
	 * @param buckets the buckets of their events, by consumer
	 * @param lastId the highest of their numbers
	 */
	public record Batch(long[] waiting, long[] gone, Map<ConsumerId, Set<Integer>> buckets, long lastId) {

		long[] all() {
			return LongStream.concat(LongStream.of(this.waiting), LongStream.of(this.gone)).toArray();
		}

		/**
		 * Returns how many there are.
		 * @return the number of dead letters
		 */
		public int size() {
			return this.waiting.length + this.gone.length;
		}

	}

}
