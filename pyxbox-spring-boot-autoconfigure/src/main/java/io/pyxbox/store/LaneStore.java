package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

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
	static final String RELEASE_SNAPSHOT = "; " + NEEDS_NO_SNAPSHOT;

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

	/** Of a version that is not known here; nothing is looked up for a first one. */
	static final String TOO_NEW = """
			e.version IS NOT NULL AND EXISTS (SELECT FROM unnest(?::text[], ?::integer[]) k (type, version)
			  WHERE k.type = e.type AND k.version < e.version)""";

	/**
	 * Of a version that is known here, or of a key that has to wait if it is not. What
	 * has no key holds back nobody, and is nothing to this instance.
	 */
	static final String KNOWN_OR_KEYED = "CASE WHEN e.partition_key IS NOT NULL OR NOT (" + TOO_NEW
			+ ") THEN true END IS NOT NULL";

	static final String READ_ONLY = "25006";

	private static final int FIRST_WITH_TRANSACTION_TIMEOUT = 17;

	private final String claim;

	private final String claimWaiting;

	private final String claimWaitingSince17;

	private final String readListed;

	private final String readUnblocked;

	private final String stillWaiting;

	private final EventReader reader;

	/**
	 * Creates a store.
	 * @param table the table to read
	 */
	public LaneStore(EventTable table) {
		// Conditions must not look selective to a planner without statistics, or it sorts
		// the bucket instead of following the index: what IS NOT NULL passes as common.
		String from = """
				 FROM %s e
				WHERE e.bucket = ? AND %%s
				  AND (e.type = ANY (?::text[])
				    OR EXISTS (SELECT FROM unnest(?::text[], ?::text[]) r (type, topic)
				      WHERE r.type = e.type AND r.topic = e.topic)
				    OR e.topic LIKE ANY (?::text[]))
				  AND (e.completed_by IS NULL OR ? <> ALL (e.completed_by))
				  AND CASE WHEN e.consumer IS NULL OR e.consumer = ? THEN true END IS NOT NULL
				  AND %s
				""".formatted(table.events(), KNOWN_OR_KEYED);
		String read = "SELECT " + EventReader.COLUMNS + from;
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
		this.reader = new EventReader(table);
		this.claim = readCommitted + lockAndRead.formatted(lock);
		this.claimWaiting = readCommitted + lockAndRead.formatted(lock + WAITING);
		this.claimWaitingSince17 = readCommitted + "SET LOCAL transaction_timeout = 0;"
				+ lockAndRead.formatted(lock + WAITING);
		this.readListed = readListed + RELEASE_SNAPSHOT;
		this.stillWaiting = "SELECT e.id" + from.formatted("e.id = ANY (?::bigint[])");
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
				EventReader.Reading read = read(connection, request, statement, failing, EventReader.MAX_BYTES);
				boolean full = read.cut() || read.rows() == request.limit();
				return new Claim(true, read.events(), full, request.fromId(), readTo(read, full, request.fromId()),
						Set.of(), null);
			}
		}
		holdBack(connection, request, failing);
		return (request.alone() != null) ? claimAlone(connection, request, request.alone(), failing)
				: claimUnblocked(connection, request, failing);
	}

	/** As if they were failing: an instance that knows their version takes them. */
	private void holdBack(Connection connection, ClaimRequest request, FailingDeliveries failing) throws SQLException {
		if (request.waiting().isEmpty()) {
			return;
		}
		try (PreparedStatement statement = connection.prepareStatement(this.stillWaiting)) {
			bindRead(statement, 0, request, toArray(request.waiting().keySet()));
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					long id = rows.getLong(1);
					failing.addWaiting(id, Objects.requireNonNull(request.waiting().get(id)));
				}
			}
		}
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

	/** Up to where everything was read. */
	private static long readTo(EventReader.Reading read, boolean full, long readFrom) {
		List<StoredEvent> events = read.events();
		if (!full) {
			return Long.MAX_VALUE;
		}
		return events.isEmpty() ? readFrom - 1 : events.get(events.size() - 1).id();
	}

	private Claim claimAlone(Connection connection, ClaimRequest request, long id, FailingDeliveries failing)
			throws SQLException {
		List<StoredEvent> events = readListed(connection, request, List.of(id), failing).events();
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
		EventReader.Reading due = readDue(connection, request, half, failing);
		int rest = request.limit() - due.events().size();
		long readFrom = failing.readFrom(request.fromId(), request.held());
		EventReader.Reading others = due.cut() ? EventReader.Reading.NOTHING
				: readUnblocked(connection, request, readFrom, rest, EventReader.MAX_BYTES - due.bytes(), failing);
		List<StoredEvent> events = new ArrayList<>(due.events());
		events.addAll(others.events());
		boolean filled = due.cut() || others.cut() || others.rows() == rest;
		return new Claim(true, events, filled || failing.due().size() > half, readFrom,
				readTo(others, filled, readFrom), failing.ids(), failing.nextAttemptIn());
	}

	private EventReader.Reading readDue(Connection connection, ClaimRequest request, int limit,
			FailingDeliveries failing) throws SQLException {
		while (true) {
			List<Long> due = failing.due();
			List<Long> asked = due.subList(0, Math.min(limit, due.size()));
			EventReader.Reading read = readListed(connection, request, asked, failing);
			if (read.cut() || read.events().size() == asked.size()) {
				return read;
			}
			// Some are deleted by hand, or not taken any more: nothing that a key could
			// wait for.
			failing.keepDue(asked, read.events().stream().map(StoredEvent::id).toList());
		}
	}

	private EventReader.Reading readListed(Connection connection, ClaimRequest request, List<Long> ids,
			FailingDeliveries failing) throws SQLException {
		if (ids.isEmpty()) {
			return EventReader.Reading.NOTHING;
		}
		try (PreparedStatement statement = connection.prepareStatement(this.readListed)) {
			statement.setFetchSize(0);
			bindRead(statement, 0, request, toArray(ids));
			statement.execute();
			return read(connection, request, statement, failing, EventReader.MAX_BYTES);
		}
	}

	private EventReader.Reading readUnblocked(Connection connection, ClaimRequest request, long readFrom, int limit,
			long fitting, FailingDeliveries failing) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.readUnblocked)) {
			statement.setFetchSize(0);
			int index = bindRead(statement, 0, request, readFrom);
			statement.setObject(++index, toArray(failing.ids()));
			statement.setObject(++index, failing.keys());
			statement.setInt(++index, limit);
			statement.execute();
			return read(connection, request, statement, failing, fitting);
		}
	}

	private EventReader.Reading read(Connection connection, ClaimRequest request, PreparedStatement statement,
			FailingDeliveries failing, long fitting) throws SQLException {
		return this.reader.read(connection, request.lane().bucket(), nextResult(statement), failing, fitting);
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
		statement.setObject(++index, subscription.topics().stream().map(TopicPattern::toLike).toArray(String[]::new));
		statement.setString(++index, request.lane().consumer().value());
		statement.setString(++index, request.lane().consumer().value());
		return bindKnown(statement, index, request.knownVersions());
	}

	/** Sets the parameters of {@link #TOO_NEW} and of {@link #KNOWN_OR_KEYED}. */
	static int bindKnown(PreparedStatement statement, int start, Map<String, Integer> versions) throws SQLException {
		statement.setObject(start + 1, versions.keySet().toArray(String[]::new));
		statement.setObject(start + 2, versions.values().stream().mapToInt(Integer::intValue).toArray());
		return start + 2;
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
	static ResultSet nextResult(PreparedStatement statement) throws SQLException {
		ResultSet rows = statement.getResultSet();
		while (rows == null || rows.isClosed()) {
			if (!statement.getMoreResults(Statement.KEEP_CURRENT_RESULT) && statement.getUpdateCount() == -1) {
				throw new SQLException("A statement of the claim returned no result");
			}
			rows = statement.getResultSet();
		}
		return rows;
	}

}
