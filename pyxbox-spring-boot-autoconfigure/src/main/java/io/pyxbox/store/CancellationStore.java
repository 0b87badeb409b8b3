package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import java.util.UUID;
import java.util.function.ToLongFunction;

import io.pyxbox.EventId;

/**
 * Takes back events that nobody has received, in the transaction of whoever cancels.
 * <p>
 * A delayed event is nobody's yet: its row is deleted, found by its id. One that is moved
 * at this moment is waited for, and then found among the others.
 * <p>
 * <b>An event that waits</b> may be in the memory of a worker that is just about to
 * deliver it, and nothing in its row tells so. What does is the lock of its lane: whoever
 * delivers has it, for as long as it takes. So the lanes of all consumers that take the
 * event are locked; then none has it, and none can get it until the transaction ends,
 * when it is gone. They are tried, not waited for: a listener must not hold up whoever
 * cancels. If one of them is taken, its event counts as being delivered. A later
 * statement, with a snapshot of its own, deletes the event if no trace of a delivery is
 * to be seen: nobody has completed it, nobody has failed, no process is marked as being
 * about it.
 * <ol>
 * <li>A consumer that is registered later could get at the event without its lane being
 * locked here. So another lock is shared first, and whoever registers a new consumer
 * waits for it (see {@link ConsumerStore}).
 * <li>A session may take a lock several times. The transaction of a listener has that of
 * its own lane, and the lane's next events in memory; so what is locked already is taken
 * for being delivered, unless a second lock tells that it was cancelling that took it.
 * <li>Locks that led to nothing are given back by a savepoint.
 * </ol>
 * Events are found by reading the table: there is no index for it, because every event
 * would pay for it. Thread-safe.
 */
public final class CancellationStore {

	private static final String SAME_LOCK = """
			%1$s.locktype = 'advisory' AND %1$s.objsubid = 1 AND %1$s.pid = pg_backend_pid()
			  AND %1$s.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			  AND %1$s.classid::bigint = (%2$s >> 32) & 4294967295 AND %1$s.objid::bigint = %2$s & 4294967295
			""";

	private static final String LOCKS = "unnest(?::bigint[], ?::bigint[]) AS k (lane, mark)";

	private static final String HELD_OTHERWISE = """
			SELECT EXISTS (SELECT FROM %s JOIN pg_locks l ON %s
			  WHERE l.mode = 'ShareLock' OR NOT EXISTS (SELECT FROM pg_locks m WHERE %s))
			""".formatted(LOCKS, SAME_LOCK.formatted("l", "k.lane"), SAME_LOCK.formatted("m", "k.mark"));

	private static final String LOCK = """
			SELECT coalesce(bool_and(pg_try_advisory_xact_lock(k.lane) AND pg_try_advisory_xact_lock(k.mark)), true)
			FROM %s
			""".formatted(LOCKS);

	/**
	 * Under a stricter isolation level nothing would show that is later than the
	 * transaction's snapshot.
	 */
	private static final String LOCK_REGISTRATIONS = """
			SELECT CASE WHEN current_setting('transaction_isolation') IN ('read committed', 'read uncommitted')
			  THEN pg_try_advisory_xact_lock_shared(?) ELSE false END
			""";

	private final EventTable table;

	private final ConsumerStore consumers;

	private final String deleteDelayed;

	private final String find;

	private final String delete;

	private final String deleteOwn;

	private final String freeKey;

	/**
	 * Creates a store.
	 * @param table the outbox's tables
	 */
	public CancellationStore(EventTable table) {
		this.table = table;
		this.consumers = new ConsumerStore(table);
		this.deleteDelayed = "DELETE FROM " + table.delayed() + " WHERE event_id = ?";
		// Each page has rows of many buckets, so following the index bucket by bucket
		// would visit it many times.
		this.find = """
				SELECT bucket, id, type, topic FROM %s
				WHERE event_id = ? AND completed_by IS NULL AND consumer IS NULL LIMIT 1
				""".formatted(table.events());
		this.delete = """
				DELETE FROM %s e
				WHERE e.bucket = ? AND e.id = ? AND e.event_id = ? AND e.completed_by IS NULL AND e.consumer IS NULL
				  AND NOT EXISTS (SELECT FROM %s r WHERE r.bucket = e.bucket AND r.id = e.id)
				  AND NOT EXISTS (SELECT FROM %s m WHERE m.bucket = e.bucket AND coalesce(m.id = e.id, m.last_id >= e.id))
				"""
			.formatted(table.events(), table.retries(), table.inFlight());
		this.deleteOwn = "DELETE FROM " + table.events() + " WHERE bucket = ? AND event_id = ?";
		this.freeKey = "DELETE FROM " + table.deduplication() + " WHERE event_id = ?";
	}

	/** What is shared by whoever cancels, and taken by whoever registers consumers. */
	static long registrationsLock(EventTable table) {
		return Lane.hash(table + "/registrations");
	}

	/**
	 * Cancels an event that may be delayed, or waiting.
	 * @param connection a connection, in a transaction or in auto-commit mode
	 * @param id the event
	 * @return whether nobody has received it, and nobody will if the transaction commits
	 * @throws SQLException if the database refuses
	 */
	public boolean cancel(Connection connection, EventId id) throws SQLException {
		if (!connection.getAutoCommit()) {
			return cancelInTransaction(connection, id);
		}
		connection.setAutoCommit(false);
		try {
			boolean cancelled = cancelInTransaction(connection, id);
			connection.commit();
			return cancelled;
		}
		finally {
			connection.setAutoCommit(true);
		}
	}

	private boolean cancelInTransaction(Connection connection, EventId id) throws SQLException {
		boolean cancelled = update(connection, this.deleteDelayed, id) || cancelWaiting(connection, id);
		if (cancelled) {
			freeKey(connection, id);
		}
		return cancelled;
	}

	/**
	 * Cancels an event that was written by the connection's transaction itself.
	 * @param connection the connection
	 * @param event the event
	 * @return whether it was there
	 * @throws SQLException if the database refuses
	 */
	public boolean cancelOwn(Connection connection, NewEvent event) throws SQLException {
		freeKey(connection, event.eventId());
		if (event.isDelayed()) {
			return update(connection, this.deleteDelayed, event.eventId());
		}
		try (PreparedStatement statement = connection.prepareStatement(this.deleteOwn)) {
			statement.setShort(1, (short) event.bucket());
			statement.setObject(2, event.eventId().value());
			return statement.executeUpdate() > 0;
		}
	}

	/**
	 * Frees the key under which an event was stored, if it has one.
	 * @param connection the connection
	 * @param id the event
	 * @throws SQLException if the database refuses
	 */
	public void freeKey(Connection connection, EventId id) throws SQLException {
		update(connection, this.freeKey, id);
	}

	private static boolean update(Connection connection, String sql, EventId id) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setObject(1, id.value());
			return statement.executeUpdate() > 0;
		}
	}

	private boolean cancelWaiting(Connection connection, EventId id) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.find)) {
			statement.setObject(1, id.value());
			try (ResultSet row = statement.executeQuery()) {
				return row.next() && cancelUnlessDelivered(connection, new Found(id.value(), row.getInt(1),
						row.getLong(2), new Subscription.Route(row.getString(3), row.getString(4))));
			}
		}
	}

	private boolean cancelUnlessDelivered(Connection connection, Found event) throws SQLException {
		Savepoint before = connection.setSavepoint();
		boolean cancelled = lock(connection, event) && delete(connection, event);
		if (!cancelled) {
			connection.rollback(before);
		}
		connection.releaseSavepoint(before);
		return cancelled;
	}

	private boolean lock(Connection connection, Found event) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(LOCK_REGISTRATIONS)) {
			statement.setLong(1, registrationsLock(this.table));
			if (!isTrue(statement)) {
				return false;
			}
		}
		List<Lane> lanes = this.consumers.registered(connection)
			.consumers()
			.entrySet()
			.stream()
			.filter((entry) -> entry.getValue().takes(event.kind().type(), event.kind().topic()))
			.map((entry) -> Lane.of(this.table, entry.getKey(), event.bucket()))
			.toList();
		return !ask(connection, HELD_OTHERWISE, lanes) && ask(connection, LOCK, lanes);
	}

	private boolean ask(Connection connection, String sql, List<Lane> lanes) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			statement.setObject(1, keys(lanes, Lane::lockKey));
			statement.setObject(2, keys(lanes,
					(lane) -> Lane.hash(this.table + "/" + lane.consumer() + "/cancel") << 6 | lane.bucket()));
			return isTrue(statement);
		}
	}

	private static long[] keys(List<Lane> lanes, ToLongFunction<Lane> key) {
		return lanes.stream().mapToLong(key).toArray();
	}

	private static boolean isTrue(PreparedStatement statement) throws SQLException {
		try (ResultSet row = statement.executeQuery()) {
			row.next();
			return row.getBoolean(1);
		}
	}

	private boolean delete(Connection connection, Found event) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.delete)) {
			statement.setShort(1, (short) event.bucket());
			statement.setLong(2, event.id());
			statement.setObject(3, event.eventId());
			return statement.executeUpdate() > 0;
		}
	}

	/**
	 * An event that is there, and that nobody has completed.
	 */
	private record Found(UUID eventId, int bucket, long id, Subscription.Route kind) {
	}

}
