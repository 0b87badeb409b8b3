package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;

import io.pyxbox.store.Subscription.Route;
import org.jspecify.annotations.Nullable;

/**
 * Moves delayed events that are due to the others, in the order in which they are due.
 * From then on nothing distinguishes them.
 * <p>
 * <b>One at a time.</b> Of all instances one moves, under an advisory lock that ends with
 * its transaction: two that took a batch each would commit them in any order, and the ids
 * that they draw would be mixed. The lock is tried, not waited for: whoever has it does
 * the work. It is taken by a statement of its own, so that the next one sees what its
 * last holder has committed.
 * <p>
 * <b>One statement</b> deletes a batch and inserts it, so an event is always in exactly
 * one of the two tables. Rows that somebody is just cancelling are passed over: a
 * business transaction must not hold up what others wait for. If it rolls back, its event
 * comes late. Thread-safe.
 */
public final class DelayedStore {

	/**
	 * A process that is stopped between two statements has a client that answers. It must
	 * not hold up what all the others wait for.
	 */
	private static final String LOCK = """
			SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
			SELECT pg_try_advisory_xact_lock(?), set_config('idle_in_transaction_session_timeout', '10s', true), %s
			""".formatted(LaneStore.NOTICE_VANISHED_CLIENTS);

	private final long lockKey;

	private final String nextDueIn;

	private final String move;

	/**
	 * Creates a store.
	 * @param table the outbox's tables
	 */
	public DelayedStore(EventTable table) {
		this.lockKey = Lane.hash(table + "/delayed");
		this.nextDueIn = "SELECT (" + nextDueIn(table) + ")";
		this.move = """
				WITH due AS (
				  DELETE FROM %1$s WHERE event_id = ANY (ARRAY(SELECT event_id FROM %1$s
				    WHERE (due_at, position) > (coalesce(?::timestamptz, '-infinity'), ?::bigint)
				      AND due_at <= statement_timestamp()
				    ORDER BY due_at, position LIMIT ? FOR UPDATE SKIP LOCKED))
				  RETURNING %3$s, created_at, due_at, position
				), moved AS (
				  INSERT INTO %2$s (%3$s, created_at) SELECT %3$s, created_at FROM due ORDER BY due_at, position
				)
				SELECT type, topic, bit_or(1::bigint << bucket::integer), count(*), max(due_at),
				  (array_agg(position ORDER BY due_at DESC, position DESC))[1]
				FROM due GROUP BY type, topic
				""".formatted(table.delayed(), table.events(), EventTable.EMITTED_COLUMNS);
	}

	/**
	 * A query for how many milliseconds there are until the next event is due: one probe
	 * of the index, however many wait. Takes from where on to look as a parameter.
	 */
	static String nextDueIn(EventTable table) {
		return """
				SELECT ceil(extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::bigint FROM %s
				  WHERE due_at >= coalesce(?::timestamptz, '-infinity')""".formatted(table.delayed());
	}

	/**
	 * Looks when the next event is due.
	 * @param connection a connection
	 * @param from the time from which on to look; {@code null} for all times
	 * @return in how many milliseconds, not positive if it is; {@code null} if there is
	 * none
	 * @throws SQLException if the database refuses
	 */
	public @Nullable Long nextDueIn(Connection connection, @Nullable OffsetDateTime from) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.nextDueIn)) {
			statement.setObject(1, from);
			try (ResultSet row = statement.executeQuery()) {
				row.next();
				return row.getObject(1, Long.class);
			}
		}
	}

	/**
	 * Moves events that are due, unless somebody else is about it.
	 * @param connection a connection whose transaction has executed nothing yet
	 * @param after where to begin: what was moved remains in the index until vacuum may
	 * remove it, and must not be stepped over by each of many batches
	 * @param limit how many at most
	 * @return what was moved
	 * @throws SQLException if the database refuses
	 */
	public Moved move(Connection connection, Place after, int limit) throws SQLException {
		return isLocked(connection) ? moveLocked(connection, after, limit) : Moved.NOTHING;
	}

	private boolean isLocked(Connection connection) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(LOCK)) {
			statement.setLong(1, this.lockKey);
			statement.execute();
			try (ResultSet row = LaneStore.nextResult(statement)) {
				row.next();
				return row.getBoolean(1);
			}
		}
	}

	private Moved moveLocked(Connection connection, Place after, int limit) throws SQLException {
		Map<Route, Long> buckets = new HashMap<>();
		int count = 0;
		Place last = null;
		try (PreparedStatement statement = connection.prepareStatement(this.move)) {
			statement.setObject(1, after.dueAt());
			statement.setLong(2, after.position());
			statement.setInt(3, limit);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					buckets.put(new Route(rows.getString(1), rows.getString(2)), rows.getLong(3));
					count += rows.getInt(4);
					Place place = new Place(rows.getObject(5, OffsetDateTime.class), rows.getLong(6));
					last = (last == null || place.isAfter(last)) ? place : last;
				}
			}
		}
		return new Moved(count, buckets, last);
	}

	/**
	 * A place in the order in which events are due.
	 *
	 * @param dueAt when the event there is due; {@code null} before all others
	 * @param position its position among those that are due at the same time
	 */
	public record Place(@Nullable OffsetDateTime dueAt, long position) {

		/**
		 * Returns the place before all that is due from a time on.
		 * @param time the time; {@code null} for all times
		 * @return the place
		 */
		public static Place before(@Nullable OffsetDateTime time) {
			return new Place(time, Long.MIN_VALUE);
		}

		private boolean isAfter(Place other) {
			int byTime = (this.dueAt != null && other.dueAt != null) ? this.dueAt.compareTo(other.dueAt) : 0;
			return (byTime != 0) ? byTime > 0 : this.position > other.position;
		}

	}

	/**
	 * What was moved.
	 *
	 * @param count how many events
	 * @param buckets for each kind of events its buckets, a bit for each
	 * @param last where the last of them was; {@code null} if there is none
	 */
	public record Moved(int count, Map<Route, Long> buckets, @Nullable Place last) {

		static final Moved NOTHING = new Moved(0, Map.of(), null);

	}

}
