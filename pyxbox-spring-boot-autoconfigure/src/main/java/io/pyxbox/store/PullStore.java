package io.pyxbox.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

/**
 * Step 3 for those who pull: locks single events, or keys, and reads them.
 * <p>
 * Whoever pulls has to leave to others what a lane would keep from them. So the lock is
 * not on (consumer, bucket), but on (consumer, key), and on (consumer, event) for an
 * event without a key: who finds it taken goes on with what comes next. It is an advisory
 * lock, tried and never waited for. A lock on the row would be in the way of the other
 * consumers of the event, who lock it when they complete it, and would have a transaction
 * id and hold back vacuum for as long as the handler takes.
 * <p>
 * The lane is locked as well, but shared: so those who pull do not exclude each other,
 * only whoever has the lane for itself (workers of a listener of the same name, and who
 * forgets the consumer).
 * <p>
 * <b>Find and lock, then look again.</b> The first statement finds events and locks their
 * keys, in order, until it has enough. Its snapshot is older than the locks: the last
 * holder of a key may have completed the event since, or recorded that it failed and must
 * wait. So a later statement, with a new snapshot, reads of the events found only those
 * that are still to be delivered and that nothing holds back. Nothing can be missing in
 * between: an event of the key that was not found then, and lies before those that were,
 * was either completed, or failing and held back the key, or committed later than an
 * event that follows it, and such writers have no order. Each key is tried once, or its
 * first event might be left out and the second one taken.
 * <p>
 * <b>A version that is not known</b> to who pulls is found by the first statement, which
 * locks nothing for it: there may be more keys that wait than the server has room for
 * locks. Of such a key only what comes before is pulled.
 * <p>
 * Requires READ COMMITTED. Under a stricter level, in a transaction of somebody else's,
 * both statements would see what there was when it began: an event that others have
 * completed since, or whose failure they have recorded.
 * <p>
 * <b>What was rolled back.</b> A savepoint of which nobody has told us takes with it the
 * locks, and whatever an event has led to. So each pull of a transaction leaves its
 * number in a setting, which a rollback sets back. Thread-safe.
 */
public final class PullStore {

	/**
	 * The server has room for 64 locks of each transaction; the table of locks is shared
	 * by all.
	 */
	public static final int MAX_LOCKS = 50;

	private static final Set<String> STRICTER = Set.of("repeatable read", "serializable");

	/**
	 * Rows of a bucket in the order of their ids. Conditions must not look selective to
	 * the planner, see {@link LaneStore}.
	 */
	private static final String NOT_HELD_BACK = """
			CASE WHEN NOT failing.present THEN true WHEN NOT EXISTS (SELECT FROM %s r
			    WHERE r.consumer = ? AND r.bucket = e.bucket
			      AND (r.id = e.id AND coalesce(r.next_attempt_at > clock_timestamp(), true)
			        OR r.id < e.id AND r.partition_key = e.partition_key))
			  THEN true END IS NOT NULL
			""";

	/**
	 * What is locked for an event. A collision of two hashes makes a key wait in vain.
	 */
	private static final String KEY = """
			CASE WHEN e.partition_key IS NULL THEN hashint8extended(e.id, ?)
			      ELSE hashtextextended(e.partition_key, ?) END""";

	private final EventTable table;

	private final EventReader reader;

	private final String mark;

	private final String pull;

	private final String pullFirst;

	/**
	 * Creates a store.
	 * @param table the table to read
	 */
	public PullStore(EventTable table) {
		this.table = table;
		this.reader = new EventReader(table);
		this.mark = "pyxbox.pull_" + Long.toHexString(Lane.hash(table + "/pull"));
		String notHeldBack = NOT_HELD_BACK.formatted(table.retries());
		String failing = "(SELECT EXISTS (SELECT FROM " + table.retries() + " WHERE consumer = ?) AS present)";
		String findAndLock = """
				WITH RECURSIVE failing AS MATERIALIZED %s,
				candidate AS MATERIALIZED (
				  SELECT p.position::integer AS lane, e.id, e.key, e.too_new
				  FROM unnest(?::bigint[]) WITH ORDINALITY AS p (from_id, position), failing, LATERAL (
				    SELECT e.id, %s AS key, %s AS too_new
				    FROM %s e
				    WHERE e.bucket = (p.position - 1)::smallint AND e.id >= p.from_id
				      AND (e.type = ANY (?::text[])
				        OR EXISTS (SELECT FROM unnest(?::text[], ?::text[]) t (type, topic)
				          WHERE t.type = e.type AND t.topic = e.topic))
				      AND (e.completed_by IS NULL OR ? <> ALL (e.completed_by))
				      AND CASE WHEN e.consumer IS NULL OR e.consumer = ? THEN true END IS NOT NULL
				      AND %s
				      AND CASE WHEN e.id <> ALL (?::bigint[]) THEN true END IS NOT NULL
				      AND CASE WHEN ?::bigint[] = '{}' OR %s <> ALL (?::bigint[]) THEN true END IS NOT NULL
				      AND CASE WHEN ?::bigint[] = '{}' OR NOT EXISTS (
				          SELECT FROM (SELECT ?::bigint[] AS keys, ?::bigint[] AS ids, %s AS key) w,
				            LATERAL width_bucket(w.key, w.keys) AS nth
				          WHERE w.keys[nth] = w.key AND w.ids[nth] <= e.id) THEN true END IS NOT NULL
				      AND %s
				    ORDER BY e.id LIMIT ?) e
				), waiting AS MATERIALIZED (
				  SELECT lane, key, min(id) AS id FROM candidate WHERE too_new GROUP BY lane, key
				), ready AS MATERIALIZED (
				  SELECT c.lane, c.id, c.key FROM candidate c LEFT JOIN waiting w ON w.lane = c.lane AND w.key = c.key
				  WHERE w.id IS NULL OR c.id < w.id
				), found AS MATERIALIZED (
				  SELECT array_agg(key ORDER BY first_id) AS keys, array_agg(lane ORDER BY first_id) AS lanes,
				    array_agg(events ORDER BY first_id) AS events, count(*) AS count
				  FROM (SELECT key, lane, min(id) AS first_id, count(*)::integer AS events
				    FROM ready GROUP BY key, lane) k
				), attempt (position, locked, locks, events) AS (
				  SELECT 0, false, 0, 0
				  UNION ALL
				  SELECT a.position + 1, l.locked, a.locks + l.locked::integer,
				    a.events + CASE WHEN l.locked THEN f.events[a.position + 1] ELSE 0 END
				  FROM attempt a, found f, LATERAL (
				    SELECT CASE WHEN pg_try_advisory_xact_lock_shared(? + f.lanes[a.position + 1])
				      THEN pg_try_advisory_xact_lock(f.keys[a.position + 1]) ELSE false END AS locked) l
				  WHERE a.position < f.count AND a.events < ? AND a.locks < %d
				), chosen AS (
				  SELECT c.lane - 1 AS bucket, c.id FROM ready c
				  WHERE (c.lane, c.key) IN (SELECT f.lanes[a.position], f.keys[a.position] FROM attempt a, found f
				    WHERE a.locked)
				  ORDER BY c.id LIMIT ?
				)
				SELECT set_config('pyxbox.pulled_buckets', coalesce(array_agg(bucket ORDER BY id)::text, '{}'), true),
				  set_config('pyxbox.pulled_ids', coalesce(array_agg(id ORDER BY id)::text, '{}'), true),
				  current_setting('transaction_read_only')::boolean, (SELECT present FROM failing),
				  (SELECT array_agg(lane ORDER BY lane) FROM (SELECT DISTINCT lane FROM candidate) c),
				  (SELECT array_agg(id ORDER BY lane) FROM (SELECT lane, min(id) AS id FROM candidate GROUP BY lane) c),
				  (SELECT coalesce(max(rows), 0) FROM (SELECT count(*) AS rows FROM candidate GROUP BY lane) c), count(*),
				  (SELECT array_agg(f.keys[a.position]) FROM attempt a, found f WHERE a.position > 0 AND NOT a.locked),
				  current_setting('transaction_isolation'),
				  coalesce(current_setting('%s', true), '') IN (?, ?), set_config('%s', ?, true),
				  (SELECT array_agg(key ORDER BY lane, key) FROM waiting),
				  (SELECT array_agg(id ORDER BY lane, key) FROM waiting)
				FROM chosen;
				"""
			.formatted(failing, KEY, LaneStore.TOO_NEW, table.events(), LaneStore.KNOWN_OR_KEYED, KEY, KEY, notHeldBack,
					MAX_LOCKS, this.mark, this.mark);
		String read = """
				SELECT e.* FROM unnest(current_setting('pyxbox.pulled_buckets')::smallint[],
				    current_setting('pyxbox.pulled_ids')::bigint[]) AS c (bucket, id), %s AS failing,
				  LATERAL (SELECT %s, e.bucket, f.attempts, f.crashes, %s
				    FROM %s e LEFT JOIN LATERAL (SELECT r.attempts, r.crashes FROM %s r
				      WHERE failing.present AND r.consumer = ? AND r.bucket = e.bucket AND r.id = e.id) f ON true
				    WHERE e.bucket = c.bucket AND e.id = c.id
				      AND (e.completed_by IS NULL OR ? <> ALL (e.completed_by)) AND %s
				    ORDER BY e.id LIMIT 1) AS e
				ORDER BY e.id
				""".formatted(failing, EventReader.COLUMNS, KEY, table.events(), table.retries(), notHeldBack);
		this.pull = findAndLock + read + LaneStore.RELEASE_SNAPSHOT;
		this.pullFirst = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; SELECT " + LaneStore.NOTICE_VANISHED_CLIENTS
				+ "; " + this.pull;
	}

	/**
	 * Locks and reads the next events that nobody else has.
	 * @param connection a connection in a transaction; the locks end with it
	 * @param request what to pull
	 * @return what was pulled
	 * @throws SQLException if the database refuses
	 */
	public Pull pull(Connection connection, PullRequest request) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(request.first() ? this.pullFirst : this.pull)) {
			statement.setFetchSize(0);
			bind(statement, request);
			statement.execute();
			if (request.first()) {
				LaneStore.nextResult(statement).close();
			}
			long[] lowestIds = new long[Buckets.COUNT];
			Arrays.fill(lowestIds, Long.MAX_VALUE);
			boolean failing;
			boolean deeper;
			long chosen;
			Set<Long> lockedByOthers;
			Map<Long, Long> waiting;
			try (ResultSet found = LaneStore.nextResult(statement)) {
				found.next();
				if (found.getBoolean(3)) {
					throw new SQLException("The server, or the transaction, is read-only", LaneStore.READ_ONLY);
				}
				requireCommittedReads(found.getString(10));
				requireNoneRolledBack(found.getBoolean(11) || request.before().number() == 0);
				failing = found.getBoolean(4);
				readLowest(found.getArray(5), found.getArray(6), lowestIds);
				deeper = found.getLong(7) >= request.depth();
				chosen = found.getLong(8);
				lockedByOthers = toSet(found.getArray(9));
				waiting = toMap(found.getArray(13), found.getArray(14));
			}
			try (ResultSet rows = LaneStore.nextResult(statement)) {
				List<Pull.Event> events = this.reader.readAcross(connection, rows);
				return new Pull(events, deeper, chosen > 0 && events.isEmpty(), failing, lowestIds, lockedByOthers,
						waiting);
			}
		}
	}

	private static void requireCommittedReads(String isolation) {
		if (STRICTER.contains(isolation)) {
			throw new PyxboxException("Events cannot be pulled in a transaction that is "
					+ isolation.toUpperCase(Locale.ROOT) + ": it does not see what others have completed since it "
					+ "began, so the order of a key would be broken. Pull in one that is READ COMMITTED, or call "
					+ "next(handler), which begins one.");
		}
	}

	private static void requireNoneRolledBack(boolean counted) {
		if (!counted) {
			throw new PyxboxException("A transaction that has pulled events was rolled back to a savepoint that Spring "
					+ "does not know of, or was ended, so which of them are handled is not known. It has to be rolled "
					+ "back. Let Spring set savepoints: call what may fail with @Transactional(propagation = NESTED).");
		}
	}

	/**
	 * Requires that nothing was rolled back since a pull.
	 * @param connection the connection that has pulled
	 * @param number the number of the pull, which has to be the last one
	 * @throws SQLException if the database refuses
	 * @throws PyxboxException if a later pull counts, or this one does not any more
	 */
	public void requireLast(Connection connection, int number) throws SQLException {
		try (PreparedStatement statement = connection
			.prepareStatement("SELECT coalesce(current_setting(?, true), '') = ?")) {
			statement.setString(1, this.mark);
			statement.setString(2, String.valueOf(number));
			try (ResultSet counted = statement.executeQuery()) {
				counted.next();
				requireNoneRolledBack(counted.getBoolean(1));
			}
		}
	}

	private static Set<Long> toSet(@Nullable Array keys) throws SQLException {
		return (keys != null) ? Set.copyOf(Arrays.asList((Long[]) keys.getArray())) : Set.of();
	}

	private static Map<Long, Long> toMap(@Nullable Array keys, @Nullable Array values) throws SQLException {
		Map<Long, Long> map = new HashMap<>();
		if (keys != null && values != null) {
			Long[] key = (Long[]) keys.getArray();
			Long[] value = (Long[]) values.getArray();
			for (int i = 0; i < key.length; i++) {
				map.merge(key[i], value[i], Math::min);
			}
		}
		return map;
	}

	private static void readLowest(@Nullable Array lanes, @Nullable Array ids, long[] lowestIds) throws SQLException {
		if (lanes != null && ids != null) {
			Integer[] found = (Integer[]) lanes.getArray();
			Long[] lowest = (Long[]) ids.getArray();
			for (int i = 0; i < found.length; i++) {
				lowestIds[found[i] - 1] = lowest[i];
			}
		}
	}

	private void bind(PreparedStatement statement, PullRequest request) throws SQLException {
		Subscription subscription = request.subscription();
		List<Subscription.Route> routes = List.copyOf(subscription.routes());
		String consumer = request.consumer().value();
		long seed = Lane.hash(this.table + "/" + request.consumer() + "/pull");
		int index = 0;
		statement.setString(++index, consumer);
		statement.setObject(++index, request.fromIds());
		statement.setLong(++index, seed);
		statement.setLong(++index, seed);
		index = LaneStore.bindKnown(statement, index, request.knownVersions());
		statement.setObject(++index, subscription.types().toArray(String[]::new));
		statement.setObject(++index, routes.stream().map(Subscription.Route::type).toArray(String[]::new));
		statement.setObject(++index, routes.stream().map(Subscription.Route::topic).toArray(String[]::new));
		statement.setString(++index, consumer);
		statement.setString(++index, consumer);
		index = LaneStore.bindKnown(statement, index, request.knownVersions());
		statement.setObject(++index, toArray(request.before().ids()));
		statement.setObject(++index, toArray(request.passedOver()));
		statement.setLong(++index, seed);
		statement.setLong(++index, seed);
		statement.setObject(++index, toArray(request.passedOver()));
		// In the order of the keys: they are found by halving.
		Map<Long, Long> waiting = new TreeMap<>(request.waiting());
		statement.setObject(++index, toArray(waiting.keySet()));
		statement.setObject(++index, toArray(waiting.keySet()));
		statement.setObject(++index, toArray(waiting.values()));
		statement.setLong(++index, seed);
		statement.setLong(++index, seed);
		statement.setString(++index, consumer);
		statement.setInt(++index, request.depth());
		statement.setLong(++index, Lane.of(this.table, request.consumer(), 0).lockKey() - 1);
		statement.setInt(++index, request.limit());
		statement.setInt(++index, request.limit());
		statement.setString(++index, mark(request.before().last()));
		statement.setString(++index, mark(request.before().number()));
		statement.setString(++index, mark(request.before().number()));
		statement.setString(++index, consumer);
		statement.setLong(++index, seed);
		statement.setLong(++index, seed);
		statement.setString(++index, consumer);
		statement.setString(++index, consumer);
		statement.setString(++index, consumer);
	}

	private static String mark(int number) {
		return (number > 0) ? String.valueOf(number) : "";
	}

	private static long[] toArray(Collection<Long> values) {
		return values.stream().mapToLong(Long::longValue).toArray();
	}

}
