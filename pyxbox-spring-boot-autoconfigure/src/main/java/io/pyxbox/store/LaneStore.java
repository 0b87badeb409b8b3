package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
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

	/**
	 * The driver leaves a query's portal open, and with it the query's snapshot, until
	 * the next statement. This one needs no snapshot itself.
	 */
	private static final String RELEASE_SNAPSHOT = "; SET LOCAL pyxbox.claimed = ''";

	/**
	 * For claims that are held while somebody else is waited for. They hold back nothing
	 * in the meantime, so time-outs that are meant for forgotten transactions must not
	 * end them; but one whose client has vanished without a trace has to end some time.
	 */
	private static final String WAITING = """
			SET LOCAL synchronous_commit = off;
			SET LOCAL idle_in_transaction_session_timeout = '1h';
			""";

	private static final int FIRST_WITH_TRANSACTION_TIMEOUT = 17;

	private final String claim;

	private final String claimRelaxed;

	private final String claimRelaxedSince17;

	private final String readUnblocked;

	/**
	 * Creates a store.
	 * @param table the table to read
	 */
	public LaneStore(EventTable table) {
		String read = """
				SELECT e.id, e.event_id, e.type, e.topic, e.partition_key, e.payload, e.headers, e.created_at
				FROM %s e
				WHERE e.bucket = ? AND e.id >= ?
				  AND (e.type = ANY (?::text[])
				    OR EXISTS (SELECT FROM unnest(?::text[], ?::text[]) r (type, topic)
				      WHERE r.type = e.type AND r.topic = e.topic))
				  AND (e.completed_by IS NULL OR ? <> ALL (e.completed_by))
				""".formatted(table.events());
		// The setting carries the outcome of the lock into the next statement, which then
		// does not read in vain.
		String lockAndRead = """
				SELECT set_config('pyxbox.claimed', pg_try_advisory_xact_lock(?)::text, true);
				SELECT id, partition_key, attempts,
				  ceil(extract(epoch FROM next_attempt_at - clock_timestamp()) * 1000)::bigint
				FROM %s WHERE consumer = ? AND bucket = ?;
				""".formatted(table.retries()) + read + """
				  AND current_setting('pyxbox.claimed', true) = 'true'
				ORDER BY e.id LIMIT ?
				""" + RELEASE_SNAPSHOT;
		this.claim = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;" + lockAndRead;
		this.claimRelaxed = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;" + WAITING + lockAndRead;
		this.claimRelaxedSince17 = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SET LOCAL transaction_timeout = 0;"
				+ WAITING + lockAndRead;
		this.readUnblocked = read + """
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
			statement.setString(++index, request.lane().consumer().value());
			statement.setInt(++index, request.lane().bucket());
			index = bindRead(statement, index, request);
			statement.setInt(++index, request.limit());
			statement.execute();
			if (!isLocked(statement)) {
				return Claim.BUSY;
			}
			failing = readFailing(statement);
			if (failing.nothingWaits()) {
				return toClaim(request, readEvents(nextResult(statement), failing), failing);
			}
		}
		return claimUnblocked(connection, request, failing);
	}

	private String sql(Connection connection, ClaimRequest request) throws SQLException {
		if (!request.waiting()) {
			return this.claim;
		}
		boolean since17 = connection.getMetaData().getDatabaseMajorVersion() >= FIRST_WITH_TRANSACTION_TIMEOUT;
		return since17 ? this.claimRelaxedSince17 : this.claimRelaxed;
	}

	/**
	 * Where something waits for its next attempt, the events that wait and those behind
	 * them are left out by the database, so that they do not fill up the batch.
	 */
	private Claim claimUnblocked(Connection connection, ClaimRequest request, FailingDeliveries failing)
			throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.readUnblocked)) {
			statement.setFetchSize(0);
			int index = bindRead(statement, 0, request);
			statement.setObject(++index, failing.waitingIds());
			statement.setObject(++index, failing.waitingKeys());
			statement.setInt(++index, request.limit());
			statement.execute();
			return toClaim(request, readEvents(nextResult(statement), failing), failing);
		}
	}

	private static int bindRead(PreparedStatement statement, int start, ClaimRequest request) throws SQLException {
		Subscription subscription = request.subscription();
		List<Subscription.Route> routes = List.copyOf(subscription.routes());
		int index = start;
		statement.setShort(++index, (short) request.lane().bucket());
		statement.setLong(++index, request.fromId());
		statement.setObject(++index, subscription.types().toArray(String[]::new));
		statement.setObject(++index, routes.stream().map(Subscription.Route::type).toArray(String[]::new));
		statement.setObject(++index, routes.stream().map(Subscription.Route::topic).toArray(String[]::new));
		statement.setString(++index, request.lane().consumer().value());
		return index;
	}

	private static boolean isLocked(PreparedStatement statement) throws SQLException {
		try (ResultSet rows = nextResult(statement)) {
			return rows.next() && rows.getBoolean(1);
		}
	}

	private static FailingDeliveries readFailing(PreparedStatement statement) throws SQLException {
		FailingDeliveries failing = new FailingDeliveries();
		try (ResultSet rows = nextResult(statement)) {
			while (rows.next()) {
				failing.add(rows.getLong(1), rows.getString(2), rows.getInt(3), Duration.ofMillis(rows.getLong(4)));
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
					rows.getObject(8, OffsetDateTime.class).toInstant(), failing.attempts(id)));
		}
		return events;
	}

	private static Claim toClaim(ClaimRequest request, List<StoredEvent> events, FailingDeliveries failing) {
		return new Claim(true, events, events.size() == request.limit(), failing.nextAttemptIn());
	}

}
