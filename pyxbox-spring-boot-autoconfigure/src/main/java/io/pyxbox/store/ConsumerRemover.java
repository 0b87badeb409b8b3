package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.pyxbox.ConsumerId;

/**
 * Ends consumers: takes away their registration and what they have left behind.
 * <p>
 * Registrations come and go under a lock on their table, so that they are seen by
 * everybody in one order. Every change ends with a new highest revision: by that, other
 * instances notice that what they know is out of date, also if something is gone. (What
 * they complete before they notice may be left to a consumer that is no more.)
 * <p>
 * What is deleted is not the consumer's, but whatever is complete without it: an event
 * that some consumer has completed, and that no consumer still has to take. Both remain
 * true once they are, so two that clear up at the same time do each other no harm.
 * Thread-safe.
 */
public final class ConsumerRemover {

	private final EventTable table;

	private final String lockLanes;

	private final String lockRegistrations;

	private final String deregister;

	private final String newRevision;

	private final String deleteFailing;

	private final String deleteInFlight;

	private final String deleteBlocked;

	private final String deleteComplete;

	private final String countLeft;

	/**
	 * Creates a remover.
	 * @param table the outbox's tables
	 */
	public ConsumerRemover(EventTable table) {
		this.table = table;
		this.lockLanes = "SELECT bool_and(pg_try_advisory_xact_lock(key)) FROM unnest(?::bigint[]) key";
		this.lockRegistrations = "LOCK TABLE " + table.consumers() + " IN SHARE ROW EXCLUSIVE MODE";
		this.deregister = "DELETE FROM " + table.consumers() + " WHERE consumer = ? RETURNING " + Takers.COLUMNS;
		this.newRevision = ConsumerStore.newRevision(table);
		this.deleteFailing = "DELETE FROM " + table.retries() + " WHERE consumer = ? AND next_attempt_at IS NOT NULL";
		this.deleteInFlight = "DELETE FROM " + table.inFlight() + " WHERE consumer = ?";
		this.deleteBlocked = "DELETE FROM " + table.retries() + " WHERE consumer = ?";
		this.deleteComplete = """
				WITH complete AS MATERIALIZED (SELECT e.bucket, e.id FROM %1$s e
				  WHERE e.bucket = ? AND e.id > ? AND e.consumer IS NULL
				    AND e.completed_by <> '{}' AND ? <> ALL (e.completed_by) AND NOT %2$s
				  ORDER BY e.id LIMIT ? FOR UPDATE OF e)
				DELETE FROM %1$s e USING complete c WHERE e.bucket = c.bucket AND e.id = c.id RETURNING e.id
				""".formatted(table.events(), Takers.stillWaitedFor(table, "true"));
		this.countLeft = """
				SELECT count(*) FROM %s e WHERE e.consumer = ?
				  OR e.consumer IS NULL AND coalesce(e.completed_by, '{}') = '{}'
				    AND EXISTS (SELECT FROM %s AS t (%s) WHERE %s)
				    AND NOT %s
				""".formatted(table.events(), Takers.ROWS, Takers.COLUMNS, Takers.TAKES,
				Takers.stillWaitedFor(table, "true"));
	}

	/**
	 * Locks all lanes of a consumer, as whoever delivers to it does.
	 * @param connection a connection in a transaction
	 * @param consumer the consumer
	 * @return whether that was possible; if not, somebody is delivering to it
	 * @throws SQLException if the database refuses
	 */
	public boolean lockLanes(Connection connection, ConsumerId consumer) throws SQLException {
		long[] keys = IntStream.range(0, Buckets.COUNT)
			.mapToLong((bucket) -> Lane.of(this.table, consumer, bucket).lockKey())
			.toArray();
		try (PreparedStatement statement = connection.prepareStatement(this.lockLanes)) {
			statement.setObject(1, keys);
			try (ResultSet rows = statement.executeQuery()) {
				rows.next();
				return rows.getBoolean(1);
			}
		}
	}

	/**
	 * Removes the registration of a consumer, and its deliveries that are failing or
	 * under way. Those that are blocked are left: first their events are to be completed.
	 * @param connection the connection that has locked its lanes
	 * @param consumer the consumer
	 * @return what it was registered for
	 * @throws SQLException if the database refuses
	 */
	public Subscription deregister(Connection connection, ConsumerId consumer) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(this.lockRegistrations);
		}
		Map<ConsumerId, Subscription> registered = new HashMap<>();
		try (PreparedStatement statement = connection.prepareStatement(this.deregister)) {
			statement.setString(1, consumer.value());
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					Takers.read(rows, 1, registered);
				}
			}
		}
		if (!registered.isEmpty()) {
			try (Statement statement = connection.createStatement()) {
				statement.executeUpdate(this.newRevision);
			}
		}
		delete(connection, this.deleteFailing, consumer);
		delete(connection, this.deleteInFlight, consumer);
		return registered.getOrDefault(consumer, Subscription.toTopics(Set.of()));
	}

	/**
	 * Removes what is left of the blocked deliveries of a consumer.
	 * @param connection a connection in a transaction
	 * @param consumer the consumer
	 * @throws SQLException if the database refuses
	 */
	public void deleteBlocked(Connection connection, ConsumerId consumer) throws SQLException {
		delete(connection, this.deleteBlocked, consumer);
	}

	/**
	 * Deletes events of a bucket that are complete without a consumer, in the order of
	 * their ids.
	 * @param connection a connection in a transaction
	 * @param consumer the consumer
	 * @param bucket the bucket
	 * @param afterId the id after which they begin
	 * @param limit how many at most
	 * @param declared what the consumers of this application take
	 * @return the ids of those deleted, in order; fewer than the limit if there are no
	 * more
	 * @throws SQLException if the database refuses
	 */
	public long[] deleteComplete(Connection connection, ConsumerId consumer, int bucket, long afterId, int limit,
			Map<ConsumerId, Subscription> declared) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.deleteComplete)) {
			statement.setShort(1, (short) bucket);
			statement.setLong(2, afterId);
			statement.setString(3, consumer.value());
			int index = Takers.bind(statement, 3, declared);
			statement.setInt(++index, limit);
			LongStream.Builder ids = LongStream.builder();
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					ids.add(rows.getLong(1));
				}
			}
			return ids.build().sorted().toArray();
		}
	}

	/**
	 * Counts the events that a consumer would have taken, that nobody has completed, and
	 * that nobody else takes. Looks at all events.
	 * @param connection a connection
	 * @param consumer the consumer, which must not be registered any more
	 * @param taken what it was registered for
	 * @param declared what the consumers of this application take
	 * @return how many there are
	 * @throws SQLException if the database refuses
	 */
	public long countLeft(Connection connection, ConsumerId consumer, Subscription taken,
			Map<ConsumerId, Subscription> declared) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.countLeft)) {
			statement.setString(1, consumer.value());
			int index = Takers.bind(statement, 1, Map.of(consumer, taken));
			Takers.bind(statement, index, declared);
			try (ResultSet rows = statement.executeQuery()) {
				rows.next();
				return rows.getLong(1);
			}
		}
	}

	private static void delete(Connection connection, String sql, ConsumerId consumer) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setString(1, consumer.value());
			statement.executeUpdate();
		}
	}

}
