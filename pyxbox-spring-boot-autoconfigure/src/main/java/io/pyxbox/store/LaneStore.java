package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;

import io.pyxbox.EventId;

/**
 * Step 3: locks a lane and reads what is to be delivered.
 * <p>
 * <b>Lock first, read in a later statement.</b> Under READ COMMITTED every statement has
 * a snapshot of its own. One that locked and read at once would read from a snapshot that
 * is older than the lock, and miss what its last holder had committed. The statements
 * below travel to the server together, but are executed one after the other, each with a
 * new snapshot; the isolation level is set explicitly, whatever the pool's default is.
 * <p>
 * The lock is an advisory one that ends with the transaction: no row is locked and no
 * transaction id is assigned while events are read, so waiting for a listener holds back
 * neither business transactions nor vacuum, and a crash frees the lane at once.
 * <p>
 * Must be the first statement of its transaction. Thread-safe.
 */
public final class LaneStore {

	private static final String NEEDS_NO_SNAPSHOT = "SET LOCAL pyxbox.claimed = ''";

	/**
	 * The driver leaves a query's portal open, and with it the query's snapshot, until
	 * the next statement. This one needs no snapshot itself.
	 */
	private static final String RELEASE_SNAPSHOT = "; " + NEEDS_NO_SNAPSHOT;

	/**
	 * A client that vanishes without a trace (a machine that loses its power) must not
	 * hold its lanes for longer than this takes.
	 */
	static final String NOTICE_VANISHED_CLIENTS = """
			set_config('tcp_keepalives_idle', '10', true), set_config('tcp_keepalives_interval', '5', true),
			  set_config('tcp_keepalives_count', '3', true), set_config('tcp_user_timeout', '25000', true)""";

	/**
	 * For claims that are held while somebody else is waited for. They hold back nothing
	 * in the meantime, so time-outs that are meant for forgotten transactions must not
	 * end them; but one whose client is not heard of any more has to end.
	 */
	private static final String WAITING = """
			, set_config('synchronous_commit', 'off', true), set_config('idle_in_transaction_session_timeout', ?, true)
			""";

	private static final String READ_ONLY = "25006";

	private static final int FIRST_WITH_TRANSACTION_TIMEOUT = 17;

	private final String claim;

	private final String claimWaiting;

	private final String claimWaitingSince17;

	private final String readListed;

	private final String readUnblocked;

	/**
	 * Creates a store.
	 * @param table the table to read
	 */
	public LaneStore(EventTable table) {
		// Conditions must not look selective to a planner without statistics, or it sorts
		// the bucket instead of following the index: what IS NOT NULL passes as common.
		String read = """
				SELECT e.id, e.event_id, e.type, e.topic, e.partition_key, e.payload, e.headers, e.created_at,
				  e.consumer IS NOT NULL
				FROM %s e
				WHERE e.bucket = ? AND %%s
				  AND (e.type = ANY (?::text[])
				    OR EXISTS (SELECT FROM unnest(?::text[], ?::text[]) r (type, topic)
				      WHERE r.type = e.type AND r.topic = e.topic))
				  AND (e.completed_by IS NULL OR ? <> ALL (e.completed_by))
				  AND CASE WHEN e.consumer IS NULL OR e.consumer = ? THEN true END IS NOT NULL
				""".formatted(table.events());
		String readOn = read.formatted("e.id >= ?");
		String readListed = read.formatted("e.id = ANY (?::bigint[])") + " ORDER BY e.id";
		// The setting carries the outcome of the lock into the next statement, which then
		// does not read in vain.
		String lockAndRead = "%s;" + """
				SELECT id, partition_key, attempts, crashes,
				  ceil(extract(epoch FROM next_attempt_at - clock_timestamp()) * 1000)::bigint
				FROM %s WHERE consumer = ? AND bucket = ?;
				""".formatted(table.retries()) + readOn + """
				  AND current_setting('pyxbox.claimed', true) = 'true'
				ORDER BY e.id LIMIT ?
				""" + RELEASE_SNAPSHOT;
		String lock = "SELECT set_config('pyxbox.claimed', pg_try_advisory_xact_lock(?)::text, true), "
				+ "current_setting('transaction_read_only')::boolean, " + NOTICE_VANISHED_CLIENTS;
		String readCommitted = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;";
		this.claim = readCommitted + lockAndRead.formatted(lock);
		this.claimWaiting = readCommitted + lockAndRead.formatted(lock + WAITING);
		this.claimWaitingSince17 = readCommitted + "SET LOCAL transaction_timeout = 0;"
				+ lockAndRead.formatted(lock + WAITING);
		this.readListed = readListed + RELEASE_SNAPSHOT;
		this.readUnblocked = readOn + """
				  AND e.id <> ALL (?::bigint[])
				  AND (e.partition_key IS NULL OR e.partition_key <> ALL (?::text[]))
				ORDER BY e.id LIMIT ?
				""" + RELEASE_SNAPSHOT;
	}

	/**
	 * Locks a lane until the connection's transaction ends and reads its next events.
	 * @param connection a connection whose transaction has executed nothing yet
	 * @param request what to claim
	 * @return the claim
	 * @throws SQLException if the database refuses
	 */
	public Claim claim(Connection connection, ClaimRequest request) throws SQLException {
		FailingDeliveries failing;
		try (PreparedStatement statement = connection.prepareStatement(sql(connection, request))) {
			// A fetch size of the application's would make cursors, which hold a
			// snapshot.
			statement.setFetchSize(0);
			int index = 0;
			statement.setLong(++index, request.lane().lockKey());
			if (request.givenUpAfter() != null) {
				statement.setString(++index, request.givenUpAfter().toMillis() + "ms");
			}
			statement.setString(++index, request.lane().consumer().value());
			statement.setInt(++index, request.lane().bucket());
			index = bindRead(statement, index, request, request.fromId());
			// What fails is to be left out: that takes a second look.
			boolean all = request.held().isEmpty() && request.alone() == null;
			statement.setInt(++index, all ? request.limit() : 0);
			statement.execute();
			if (!isLocked(statement)) {
				return Claim.BUSY;
			}
			failing = readFailing(statement);
			if (failing.isEmpty() && all) {
				List<StoredEvent> events = readEvents(nextResult(statement), failing);
				boolean full = events.size() == request.limit();
				return new Claim(true, events, full, request.fromId(), full ? lastId(events) : Long.MAX_VALUE, Set.of(),
						null);
			}
		}
		return (request.alone() != null) ? claimAlone(connection, request, request.alone(), failing)
				: claimUnblocked(connection, request, failing);
	}

	/**
	 * Lets the server hear of the claim's owner.
	 * @param connection the connection that holds the claim
	 * @throws SQLException if the claim is lost
	 */
	public void keep(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(NEEDS_NO_SNAPSHOT);
		}
	}

	private static long lastId(List<StoredEvent> events) {
		return events.get(events.size() - 1).id();
	}

	private Claim claimAlone(Connection connection, ClaimRequest request, long id, FailingDeliveries failing)
			throws SQLException {
		List<StoredEvent> events = readListed(connection, request, List.of(id), failing);
		long readFrom = failing.readFrom(request.fromId(), request.held());
		return new Claim(true, events, true, readFrom, readFrom - 1, failing.ids(), null);
	}

	private String sql(Connection connection, ClaimRequest request) throws SQLException {
		if (request.givenUpAfter() == null) {
			return this.claim;
		}
		boolean since17 = connection.getMetaData().getDatabaseMajorVersion() >= FIRST_WITH_TRANSACTION_TIMEOUT;
		return since17 ? this.claimWaitingSince17 : this.claimWaiting;
	}

	/**
	 * Where something fails, its key is left out by the database, so that it does not
	 * fill up the batch; what is due is read by its id, however many followers it has. It
	 * gets half of the batch at most: what never succeeds must not keep out the rest.
	 */
	private Claim claimUnblocked(Connection connection, ClaimRequest request, FailingDeliveries failing)
			throws SQLException {
		int half = Math.max(1, request.limit() / 2);
		List<Long> due = failing.due();
		List<StoredEvent> events = readDue(connection, request, due, half, failing);
		while (events.size() < Math.min(half, due.size())) {
			// Some are deleted by hand, or not taken any more: nothing that a key could
			// wait for.
			failing.keepDue(due.subList(0, Math.min(half, due.size())), events.stream().map(StoredEvent::id).toList());
			due = failing.due();
			events = readDue(connection, request, due, half, failing);
		}
		int rest = request.limit() - events.size();
		long readFrom = failing.readFrom(request.fromId(), request.held());
		List<StoredEvent> others = readUnblocked(connection, request, readFrom, rest, failing);
		events.addAll(others);
		boolean filled = others.size() == rest;
		long readTo = !filled ? Long.MAX_VALUE : others.isEmpty() ? readFrom - 1 : lastId(others);
		return new Claim(true, events, filled || due.size() > half, readFrom, readTo, failing.ids(),
				failing.nextAttemptIn());
	}

	private List<StoredEvent> readDue(Connection connection, ClaimRequest request, List<Long> due, int limit,
			FailingDeliveries failing) throws SQLException {
		return readListed(connection, request, due.subList(0, Math.min(limit, due.size())), failing);
	}

	private List<StoredEvent> readListed(Connection connection, ClaimRequest request, List<Long> ids,
			FailingDeliveries failing) throws SQLException {
		if (ids.isEmpty()) {
			return new ArrayList<>();
		}
		try (PreparedStatement statement = connection.prepareStatement(this.readListed)) {
			statement.setFetchSize(0);
			bindRead(statement, 0, request, toArray(ids));
			statement.execute();
			return readEvents(nextResult(statement), failing);
		}
	}

	private List<StoredEvent> readUnblocked(Connection connection, ClaimRequest request, long readFrom, int limit,
			FailingDeliveries failing) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.readUnblocked)) {
			statement.setFetchSize(0);
			int index = bindRead(statement, 0, request, readFrom);
			statement.setObject(++index, toArray(failing.ids()));
			statement.setObject(++index, failing.keys());
			statement.setInt(++index, limit);
			statement.execute();
			return readEvents(nextResult(statement), failing);
		}
	}

	private static int bindRead(PreparedStatement statement, int start, ClaimRequest request, Object ids)
			throws SQLException {
		Subscription subscription = request.subscription();
		List<Subscription.Route> routes = List.copyOf(subscription.routes());
		int index = start;
		statement.setShort(++index, (short) request.lane().bucket());
		statement.setObject(++index, ids);
		statement.setObject(++index, subscription.types().toArray(String[]::new));
		statement.setObject(++index, routes.stream().map(Subscription.Route::type).toArray(String[]::new));
		statement.setObject(++index, routes.stream().map(Subscription.Route::topic).toArray(String[]::new));
		statement.setString(++index, request.lane().consumer().value());
		statement.setString(++index, request.lane().consumer().value());
		return index;
	}

	private static long[] toArray(Collection<Long> ids) {
		return ids.stream().mapToLong(Long::longValue).toArray();
	}

	private static boolean isLocked(PreparedStatement statement) throws SQLException {
		try (ResultSet rows = nextResult(statement)) {
			rows.next();
			if (rows.getBoolean(2)) {
				// Whatever would be delivered now could not be completed.
				throw new SQLException("The server, or the session, is read-only", READ_ONLY);
			}
			return rows.getBoolean(1);
		}
	}

	private static FailingDeliveries readFailing(PreparedStatement statement) throws SQLException {
		FailingDeliveries failing = new FailingDeliveries();
		try (ResultSet rows = nextResult(statement)) {
			while (rows.next()) {
				Long wait = rows.getObject(5, Long.class);
				failing.add(rows.getLong(1), rows.getString(2), rows.getInt(3), rows.getInt(4),
						(wait != null) ? Duration.ofMillis(wait) : null);
			}
		}
		return failing;
	}

	/** Skips the statements that return no rows. */
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

	private static List<StoredEvent> readEvents(ResultSet rows, FailingDeliveries failing) throws SQLException {
		List<StoredEvent> events = new ArrayList<>();
		while (rows.next()) {
			long id = rows.getLong(1);
			events.add(new StoredEvent(id, new EventId(rows.getObject(2, UUID.class)), rows.getString(3),
					rows.getString(4), rows.getString(5), rows.getBytes(6), rows.getString(7),
					rows.getObject(8, OffsetDateTime.class).toInstant(), rows.getBoolean(9), failing.of(id)));
		}
		return events;
	}

}
