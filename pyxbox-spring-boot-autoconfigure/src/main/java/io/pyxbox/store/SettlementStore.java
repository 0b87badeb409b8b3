package io.pyxbox.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Subscription.Route;
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

	private final Map<ConsumerId, Subscription> consumers;

	private final String delete;

	private final String lockShared;

	private final String addCompletion;

	private final String deleteRetries;

	private final String upsertRetry;

	private final String insertDeadLetter;

	/**
	 * Creates a store.
	 * @param table the tables to write to
	 * @param consumers what each consumer of this application takes
	 */
	public SettlementStore(EventTable table, Map<ConsumerId, Subscription> consumers) {
		this.consumers = Map.copyOf(consumers);
		this.delete = """
				DELETE FROM %s WHERE bucket = ? AND id = ANY (?::bigint[])
				""".formatted(table.events());
		this.lockShared = """
				SELECT id, type, topic, completed_by FROM %s
				WHERE bucket = ? AND id = ANY (?::bigint[]) ORDER BY id FOR UPDATE
				""".formatted(table.events());
		this.addCompletion = """
				UPDATE %s SET completed_by = array_append(completed_by, ?::text)
				WHERE bucket = ? AND id = ANY (?::bigint[])
				""".formatted(table.events());
		this.deleteRetries = """
				DELETE FROM %s WHERE consumer = ? AND bucket = ? AND id = ANY (?::bigint[])
				""".formatted(table.retries());
		this.upsertRetry = """
				INSERT INTO %s AS r (consumer, bucket, id, partition_key, attempts, next_attempt_at, last_error)
				SELECT ?, ?, id, partition_key, attempts, clock_timestamp() + delay * interval '1 millisecond', error
				FROM unnest(?::bigint[], ?::text[], ?::integer[], ?::bigint[], ?::text[])
				  AS f (id, partition_key, attempts, delay, error)
				ON CONFLICT (consumer, bucket, id) DO UPDATE SET attempts = excluded.attempts,
				  next_attempt_at = excluded.next_attempt_at, last_failed_at = clock_timestamp(),
				  last_error = excluded.last_error
				""".formatted(table.retries());
		this.insertDeadLetter = """
				INSERT INTO %s (consumer, bucket, original_id, event_id, type, topic, partition_key, payload, headers,
				  created_at, attempts, first_failed_at, error_class, error_message, stack_trace)
				SELECT ?, e.bucket, e.id, e.event_id, e.type, e.topic, e.partition_key, e.payload, e.headers,
				  e.created_at, ?, coalesce(r.first_failed_at, clock_timestamp()), ?, ?, ?
				FROM %s e LEFT JOIN %s r ON r.consumer = ? AND r.bucket = e.bucket AND r.id = e.id
				WHERE e.bucket = ? AND e.id = ?
				""".formatted(table.deadLetters(), table.events(), table.retries());
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
		List<StoredEvent> done = Stream
			.concat(settlement.completed().stream(), settlement.dead().stream().map(DeadDelivery::event))
			.toList();
		deleteRetries(connection, lane, done);
		complete(connection, lane, done);
	}

	private void complete(Connection connection, Lane lane, List<StoredEvent> done) throws SQLException {
		Map<Route, Set<String>> others = new HashMap<>();
		List<StoredEvent> shared = new ArrayList<>();
		List<StoredEvent> own = new ArrayList<>();
		for (StoredEvent event : done) {
			Route route = new Route(event.type(), event.topic());
			boolean alone = others.computeIfAbsent(route, (absent) -> otherConsumers(lane, absent)).isEmpty();
			(alone ? own : shared).add(event);
		}
		int completed = delete(connection, lane, ids(own)) + completeShared(connection, lane, ids(shared), others);
		if (completed != done.size()) {
			throw new LostClaimException(lane, done.size(), completed);
		}
	}

	private Set<String> otherConsumers(Lane lane, Route route) {
		Set<String> others = new HashSet<>();
		this.consumers.forEach((consumer, subscription) -> {
			if (!consumer.equals(lane.consumer()) && subscription.takes(route.type(), route.topic())) {
				others.add(consumer.value());
			}
		});
		return others;
	}

	private int delete(Connection connection, Lane lane, long[] ids) throws SQLException {
		if (ids.length == 0) {
			return 0;
		}
		try (PreparedStatement statement = connection.prepareStatement(this.delete)) {
			statement.setShort(1, (short) lane.bucket());
			statement.setObject(2, ids);
			return statement.executeUpdate();
		}
	}

	/**
	 * Once the rows are locked, nobody else completes them: the rest is for us to say.
	 */
	private int completeShared(Connection connection, Lane lane, long[] ids, Map<Route, Set<String>> others)
			throws SQLException {
		if (ids.length == 0) {
			return 0;
		}
		List<Long> last = new ArrayList<>();
		List<Long> notLast = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(this.lockShared)) {
			statement.setShort(1, (short) lane.bucket());
			statement.setObject(2, ids);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					Set<String> missing = others.getOrDefault(new Route(rows.getString(2), rows.getString(3)),
							Set.of());
					(completedBy(rows.getArray(4)).containsAll(missing) ? last : notLast).add(rows.getLong(1));
				}
			}
		}
		delete(connection, lane, toArray(last));
		addCompletion(connection, lane, toArray(notLast));
		return last.size() + notLast.size();
	}

	private static Set<String> completedBy(@Nullable Array consumers) throws SQLException {
		return (consumers != null) ? Set.of((String[]) consumers.getArray()) : Set.of();
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
		long[] ids = ids(done.stream().filter((event) -> event.failedAttempts() > 0).toList());
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
			statement.setObject(5, events.stream().mapToInt(StoredEvent::attempt).toArray());
			statement.setObject(6,
					failed.stream().mapToLong((delivery) -> delivery.nextAttemptIn().toMillis()).toArray());
			statement.setObject(7, failed.stream().map(FailedDelivery::error).toArray(String[]::new));
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

	private static long[] toArray(List<Long> ids) {
		return ids.stream().mapToLong(Long::longValue).toArray();
	}

	private static long[] ids(List<StoredEvent> events) {
		return events.stream().mapToLong(StoredEvent::id).sorted().toArray();
	}

}
