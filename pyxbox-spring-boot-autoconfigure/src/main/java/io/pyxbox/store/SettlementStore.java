package io.pyxbox.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import org.jspecify.annotations.Nullable;

/**
 * Step 5: writes what became of the claimed events, in the transaction that holds their
 * lane.
 * <p>
 * Completing is one {@code DELETE} of exactly the events that were handled, never of a
 * range: an event that commits late into the range must survive. The number of rows is
 * the fence: if it differs, the lock was lost and the transaction must not commit.
 * <p>
 * An event that several consumers take is deleted by the last of them; the others add
 * themselves to {@code completed_by}. Two consumers that complete an event at the same
 * time meet at its row lock, so the second one sees the first and deletes. All of these
 * locks of a claim are taken by one statement in the order of the ids, and last in the
 * transaction, so that consumers cannot wait for each other in a circle. Thread-safe.
 */
public final class SettlementStore {

	private final KnownConsumers consumers;

	private final String delete;

	private final String lockShared;

	private final String deleteLocked;

	private final String addCompletion;

	private final String deleteRetries;

	private final String upsertRetry;

	private final String insertDeadLetter;

	private final String deleteOrphanedRetries;

	/**
	 * Creates a store.
	 * @param table the tables to write to
	 * @param consumers who takes which events, here and elsewhere
	 */
	public SettlementStore(EventTable table, KnownConsumers consumers) {
		this.consumers = consumers;
		this.delete = """
				DELETE FROM %s
				WHERE bucket = ? AND id = ANY (CASE WHEN (%s) = ? THEN ?::bigint[] ELSE '{}' END)
				""".formatted(table.events(), ConsumerStore.revision(table));
		this.lockShared = """
				SELECT id, completed_by, (%s) FROM %s
				WHERE bucket = ? AND id = ANY (?::bigint[]) ORDER BY id FOR UPDATE
				""".formatted(ConsumerStore.revision(table), table.events());
		this.deleteLocked = """
				DELETE FROM %s WHERE bucket = ? AND id = ANY (?::bigint[])
				""".formatted(table.events());
		this.addCompletion = """
				UPDATE %s SET completed_by = array_append(completed_by, ?::text)
				WHERE bucket = ? AND id = ANY (?::bigint[])
				""".formatted(table.events());
		this.deleteRetries = """
				DELETE FROM %s WHERE consumer = ? AND bucket = ? AND id = ANY (?::bigint[])
				""".formatted(table.retries());
		this.upsertRetry = """
				INSERT INTO %s AS r (consumer, bucket, id, partition_key, attempts, crashes, next_attempt_at, last_error)
				SELECT ?, ?, f.id, f.partition_key, f.attempts, f.crashes, clock_timestamp()
				  + CASE WHEN f.longest IS NULL THEN f.delay * interval '1 millisecond'
				    ELSE greatest(f.delay * interval '1 millisecond', least(f.longest * interval '1 millisecond',
				      clock_timestamp() - coalesce(known.first_failed_at, clock_timestamp()))) END, f.error
				FROM unnest(?::bigint[], ?::text[], ?::integer[], ?::integer[], ?::bigint[], ?::text[], ?::bigint[])
				  AS f (id, partition_key, attempts, crashes, delay, error, longest)
				LEFT JOIN %s known ON known.consumer = ? AND known.bucket = ? AND known.id = f.id
				ON CONFLICT (consumer, bucket, id) DO UPDATE SET attempts = excluded.attempts,
				  crashes = excluded.crashes, next_attempt_at = excluded.next_attempt_at,
				  last_failed_at = clock_timestamp(), last_error = excluded.last_error
				"""
			.formatted(table.retries(), table.retries());
		this.insertDeadLetter = """
				INSERT INTO %s (consumer, bucket, original_id, event_id, type, topic, partition_key, payload, headers,
				  created_at, attempts, first_failed_at, error_class, error_message, stack_trace)
				SELECT ?, e.bucket, e.id, e.event_id, e.type, e.topic, e.partition_key, e.payload, e.headers,
				  e.created_at, ?, coalesce(r.first_failed_at, clock_timestamp()), ?, ?, ?
				FROM %s e LEFT JOIN %s r ON r.consumer = ? AND r.bucket = e.bucket AND r.id = e.id
				WHERE e.bucket = ? AND e.id = ?
				""".formatted(table.deadLetters(), table.events(), table.retries());
		this.deleteOrphanedRetries = """
				DELETE FROM %s r WHERE NOT EXISTS (SELECT FROM %s e WHERE e.bucket = r.bucket AND e.id = r.id)
				""".formatted(table.retries(), table.events());
	}

	/**
	 * Writes a settlement, in the connection's transaction.
	 * @param connection the connection that claimed the lane
	 * @param lane the lane
	 * @param settlement what became of its events
	 * @throws SQLException if the database refuses
	 * @throws LostClaimException if an event is no longer there
	 */
	public void settle(Connection connection, Lane lane, Settlement settlement) throws SQLException {
		insertDeadLetters(connection, lane, settlement.dead());
		upsertRetries(connection, lane, settlement.failed());
		List<StoredEvent> done = settlement.done();
		deleteRetries(connection, lane, done);
		int completed = complete(connection, lane, done);
		if (completed != done.size()) {
			throw new LostClaimException(lane, done.size(), completed);
		}
	}

	/**
	 * Locks the events of a bucket that several consumers are about to complete in one
	 * transaction: one after the other they would not do so in the order of the ids.
	 * @param connection the connection that claimed the lanes
	 * @param bucket the bucket
	 * @param settlements what became of its events, by consumer
	 * @throws SQLException if the database refuses
	 */
	public void lock(Connection connection, int bucket, Map<ConsumerId, Settlement> settlements) throws SQLException {
		long[] ids = settlements.values()
			.stream()
			.flatMap((settlement) -> settlement.done().stream())
			.mapToLong(StoredEvent::id)
			.sorted()
			.distinct()
			.toArray();
		lockShared(connection, bucket, ids, new HashMap<>());
	}

	/**
	 * Nothing is deleted if a consumer has been registered that we do not know of: it may
	 * take some of these events as well. Events that are committed after its registration
	 * are not read before it, so the statement that deletes them sees it.
	 */
	private int complete(Connection connection, Lane lane, List<StoredEvent> done) throws SQLException {
		List<StoredEvent> own = new ArrayList<>();
		List<StoredEvent> shared = new ArrayList<>();
		KnownConsumers.State known = this.consumers.current();
		done.forEach((event) -> (known.others(lane.consumer(), event).isEmpty() ? own : shared).add(event));
		int deleted = deleteOwn(connection, lane, ids(own), known.revision());
		if (deleted == 0 && !own.isEmpty() && !this.consumers.refresh(connection).isSameAs(known)) {
			return complete(connection, lane, done);
		}
		return deleted + completeShared(connection, lane, shared);
	}

	private int deleteOwn(Connection connection, Lane lane, long[] ids, long revision) throws SQLException {
		if (ids.length == 0) {
			return 0;
		}
		try (PreparedStatement statement = connection.prepareStatement(this.delete)) {
			statement.setShort(1, (short) lane.bucket());
			statement.setLong(2, revision);
			statement.setObject(3, ids);
			return statement.executeUpdate();
		}
	}

	/**
	 * Once the rows are locked, nobody else completes them: the rest is for us to say.
	 */
	private int completeShared(Connection connection, Lane lane, List<StoredEvent> shared) throws SQLException {
		if (shared.isEmpty()) {
			return 0;
		}
		KnownConsumers.State known = this.consumers.current();
		Map<Long, Set<String>> completedBy = new HashMap<>();
		if (lockShared(connection, lane.bucket(), ids(shared), completedBy) != known.revision()) {
			known = this.consumers.refresh(connection);
		}
		List<StoredEvent> last = new ArrayList<>();
		List<StoredEvent> notLast = new ArrayList<>();
		for (StoredEvent event : shared) {
			Set<String> completed = completedBy.get(event.id());
			// If we are among them already, the lock was lost and somebody else was
			// faster.
			if (completed != null && !completed.contains(lane.consumer().value())) {
				(completed.containsAll(known.others(lane.consumer(), event)) ? last : notLast).add(event);
			}
		}
		update(connection, this.deleteLocked, lane, ids(last));
		addCompletion(connection, lane, ids(notLast));
		return last.size() + notLast.size();
	}

	/** Returns the revision of the registered consumers. */
	private long lockShared(Connection connection, int bucket, long[] ids, Map<Long, Set<String>> completedBy)
			throws SQLException {
		long revision = 0;
		try (PreparedStatement statement = connection.prepareStatement(this.lockShared)) {
			statement.setShort(1, (short) bucket);
			statement.setObject(2, ids);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					completedBy.put(rows.getLong(1), toSet(rows.getArray(2)));
					revision = rows.getLong(3);
				}
			}
		}
		return revision;
	}

	private static Set<String> toSet(@Nullable Array consumers) throws SQLException {
		return (consumers != null) ? new HashSet<>(Arrays.asList((String[]) consumers.getArray())) : Set.of();
	}

	private static void update(Connection connection, String sql, Lane lane, long[] ids) throws SQLException {
		if (ids.length == 0) {
			return;
		}
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setShort(1, (short) lane.bucket());
			statement.setObject(2, ids);
			statement.executeUpdate();
		}
	}

	private void addCompletion(Connection connection, Lane lane, long[] ids) throws SQLException {
		if (ids.length == 0) {
			return;
		}
		try (PreparedStatement statement = connection.prepareStatement(this.addCompletion)) {
			statement.setString(1, lane.consumer().value());
			statement.setShort(2, (short) lane.bucket());
			statement.setObject(3, ids);
			statement.executeUpdate();
		}
	}

	private void deleteRetries(Connection connection, Lane lane, List<StoredEvent> done) throws SQLException {
		long[] ids = ids(done.stream().filter((event) -> event.failures() != null).toList());
		if (ids.length == 0) {
			return;
		}
		try (PreparedStatement statement = connection.prepareStatement(this.deleteRetries)) {
			statement.setString(1, lane.consumer().value());
			statement.setShort(2, (short) lane.bucket());
			statement.setObject(3, ids);
			statement.executeUpdate();
		}
	}

	private void upsertRetries(Connection connection, Lane lane, List<FailedDelivery> failed) throws SQLException {
		if (failed.isEmpty()) {
			return;
		}
		List<StoredEvent> events = failed.stream().map(FailedDelivery::event).toList();
		try (PreparedStatement statement = connection.prepareStatement(this.upsertRetry)) {
			statement.setString(1, lane.consumer().value());
			statement.setShort(2, (short) lane.bucket());
			// In the order of the other arrays.
			statement.setObject(3, events.stream().mapToLong(StoredEvent::id).toArray());
			statement.setObject(4, events.stream().map(StoredEvent::partitionKey).toArray(String[]::new));
			statement.setObject(5, failed.stream().mapToInt(FailedDelivery::attempts).toArray());
			statement.setObject(6, failed.stream().mapToInt(FailedDelivery::crashes).toArray());
			statement.setArray(7,
					connection.createArrayOf("bigint", failed.stream().map(FailedDelivery::delayInMillis).toArray()));
			statement.setObject(8, failed.stream().map(FailedDelivery::error).toArray(String[]::new));
			statement.setArray(9, connection.createArrayOf("bigint",
					failed.stream().map(FailedDelivery::longestWaitInMillis).toArray()));
			statement.setString(10, lane.consumer().value());
			statement.setShort(11, (short) lane.bucket());
			statement.executeUpdate();
		}
	}

	private void insertDeadLetters(Connection connection, Lane lane, List<DeadDelivery> dead) throws SQLException {
		if (dead.isEmpty()) {
			return;
		}
		try (PreparedStatement statement = connection.prepareStatement(this.insertDeadLetter)) {
			for (DeadDelivery delivery : dead) {
				statement.setString(1, lane.consumer().value());
				statement.setInt(2, delivery.event().attempt());
				statement.setString(3, delivery.errorClass());
				statement.setString(4, delivery.errorMessage());
				statement.setString(5, delivery.stackTrace());
				statement.setString(6, lane.consumer().value());
				statement.setShort(7, (short) lane.bucket());
				statement.setLong(8, delivery.event().id());
				statement.addBatch();
			}
			statement.executeBatch();
		}
	}

	/**
	 * Deletes the retries of events that somebody has deleted by hand: a retry is written
	 * and removed together with what becomes of its event.
	 * @param connection a connection
	 * @throws SQLException if the database refuses
	 */
	public void deleteOrphanedRetries(Connection connection) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.deleteOrphanedRetries)) {
			statement.executeUpdate();
		}
	}

	private static long[] ids(List<StoredEvent> events) {
		return events.stream().mapToLong(StoredEvent::id).sorted().toArray();
	}

}
