package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.pyxbox.ConsumerId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class PullStoreTests {

	private static final OutboxDatabase database = OutboxDatabase.withoutPooler();

	private static final Subscription EVERYTHING = new Subscription(Set.of("T"), Set.of());

	private static final ConsumerId MAIL = new ConsumerId("mail");

	private static final ConsumerId STOCK = new ConsumerId("stock");

	private static final int BUCKET = 5;

	private static final int GATE = 4711;

	private final PullStore store = new PullStore(OutboxDatabase.EVENTS);

	private final List<Connection> connections = new ArrayList<>();

	@BeforeEach
	void emptyTables() {
		database.clear();
	}

	@AfterEach
	void closeConnections() throws SQLException {
		for (Connection connection : this.connections) {
			connection.close();
		}
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void pullsTheFirstEventsOfAllBuckets() throws SQLException {
		database.store(event(7, "a"), event(3, "b"), event(7, "c"), event(9, null));

		assertThat(ids(pull(transaction(), 3))).containsExactly(1L, 2L, 3L);
	}

	@Test
	void aKeyIsPulledUpToItsFirstEventOfAnUnknownVersion() throws SQLException {
		database.store(event(BUCKET, "a"), later(BUCKET, "a"), event(BUCKET, "a"), later(BUCKET, "b"),
				event(BUCKET, "c"), later(BUCKET, null), later(7, "d"), later(7, "d"));

		Pull first = this.store.pull(transaction(), knowing(1, Map.of()));

		assertThat(ids(first)).containsExactly(1L, 5L);
		assertThat(first.waiting().values()).containsExactlyInAnyOrder(2L, 4L, 7L);
		closeConnections();
		Pull second = this.store.pull(transaction(), knowing(1, first.waiting()));
		assertThat(ids(second)).containsExactly(1L, 5L);
		assertThat(second.waiting()).isEmpty();
		closeConnections();
		assertThat(ids(this.store.pull(transaction(), knowing(2, Map.of())))).hasSize(8);
	}

	@Test
	void whatOneHasLockedIsPassedOverTogetherWithWhatFollowsOfItsKey() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, "a"), event(BUCKET, "b"), event(BUCKET, null),
				event(BUCKET, null));

		assertThat(ids(pull(transaction(), 1))).containsExactly(1L);
		assertThat(ids(pull(transaction(), 2))).containsExactly(3L, 4L);
		assertThat(ids(pull(transaction(), 10))).containsExactly(5L);
		assertThat(ids(pull(transaction(), 10))).isEmpty();
	}

	@Test
	void eachConsumerHasLocksOfItsOwn() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, null));

		assertThat(ids(pull(transaction(), 10))).containsExactly(1L, 2L);
		assertThat(ids(this.store.pull(transaction(), request(STOCK, 10, Set.of(), 10)))).containsExactly(1L, 2L);
	}

	@Test
	void aBucketThatAWorkerOfTheSameConsumerHasIsPassedOver() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET + 1, "b"));
		Claim claim = new LaneStore(OutboxDatabase.EVENTS).claim(transaction(),
				OutboxDatabase.request(lane(BUCKET), EVERYTHING, 0, 10, false));

		assertThat(claim.events()).hasSize(1);
		assertThat(ids(pull(transaction(), 10))).containsExactly(2L);
	}

	@Test
	void aWorkerOfTheSameConsumerPassesOverABucketInWhichSomebodyPulls() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, "b"));

		assertThat(ids(pull(transaction(), 1))).containsExactly(1L);

		assertThat(new LaneStore(OutboxDatabase.EVENTS)
			.claim(transaction(), OutboxDatabase.request(lane(BUCKET), EVERYTHING, 0, 10, false))
			.locked()).isFalse();
	}

	@Test
	void locksAreBounded() throws SQLException {
		database.store(IntStream.range(0, 200).mapToObj((i) -> event(i % 64, null)).toArray(NewEvent[]::new));

		assertThat(ids(pull(transaction(), 200))).hasSize(PullStore.MAX_LOCKS);
		assertThat(database.jdbc()
			.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' "
					+ "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")
			.query(Integer.class)
			.single()).isEqualTo(PullStore.MAX_LOCKS);
	}

	@Test
	void whoeverAsksForOneEventLocksOneKey() throws SQLException {
		database.store(IntStream.range(0, 64).mapToObj((i) -> event(i, "key-" + i)).toArray(NewEvent[]::new));

		for (int i = 0; i < 64; i++) {
			assertThat(ids(pull(transaction(), 1))).containsExactly((long) i + 1);
		}
		assertThat(ids(pull(transaction(), 1))).isEmpty();
	}

	@Test
	void looksOnlyAsDeepAsItIsAskedTo() throws SQLException {
		database.store(event(BUCKET, null), event(BUCKET, null), event(BUCKET, null));
		assertThat(ids(pull(transaction(), 1))).containsExactly(1L);

		Pull shallow = this.store.pull(transaction(), request(MAIL, 1, Set.of(), 1));
		Pull deep = this.store.pull(transaction(), request(MAIL, 1, Set.of(), 4));

		assertThat(ids(shallow)).isEmpty();
		assertThat(shallow.deeper()).isTrue();
		assertThat(shallow.lowestIds()[BUCKET]).isOne();
		assertThat(ids(deep)).containsExactly(2L);
		assertThat(deep.deeper()).isFalse();
		assertThat(deep.lowestIds()[BUCKET + 1]).isEqualTo(Long.MAX_VALUE);
	}

	@Test
	void whatOthersHaveLockedIsToldAndCanBeLeftOut() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, "a"), event(BUCKET, null), event(BUCKET, "b"));
		assertThat(ids(pull(transaction(), 3))).containsExactly(1L, 2L, 3L);

		Pull first = this.store.pull(transaction(), request(MAIL, 1, Set.of(), 3));
		Pull second = this.store.pull(transaction(), new PullRequest(MAIL, EVERYTHING, new long[Buckets.COUNT],
				PulledBefore.NOTHING, first.lockedByOthers(), 1, 1, false));

		assertThat(ids(first)).isEmpty();
		assertThat(first.lockedByOthers()).hasSize(2);
		assertThat(first.overtaken()).isFalse();
		assertThat(ids(second)).containsExactly(4L);
	}

	@Test
	void whatTheSameTransactionHasPulledIsNotPulledAgain() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, "a"), event(BUCKET, null));
		Connection connection = transaction();

		assertThat(ids(pull(connection, 1))).containsExactly(1L);

		assertThat(ids(this.store.pull(connection, request(MAIL, 10, Set.of(1L), 10)))).containsExactly(2L, 3L);
	}

	@Test
	void whatWaitsForItsNextAttemptHoldsBackItsKey() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, "a"), event(BUCKET, "b"), event(BUCKET, null));
		fail(1, "a", Duration.ofHours(1));
		fail(4, null, Duration.ofHours(1));

		Pull pull = pull(transaction(), 10);

		assertThat(ids(pull)).containsExactly(3L);
		assertThat(pull.failing()).isTrue();
	}

	@Test
	void whatIsDueIsPulledBeforeAnythingElseOfItsKey() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, "a"), event(BUCKET, "b"));
		fail(1, "a", Duration.ofSeconds(-1));

		Pull pull = pull(transaction(), 10);

		assertThat(ids(pull)).containsExactly(1L, 3L);
		assertThat(pull.events().get(0).stored().failedAttempts()).isOne();
		assertThat(pull.events().get(1).stored().failures()).isNull();
	}

	@Test
	void whatIsBlockedHoldsBackItsKey() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, "a"));
		fail(1, "a", null);

		assertThat(ids(pull(transaction(), 10))).isEmpty();
	}

	@Test
	void whatIsOfAnotherConsumerOrCompletedIsNotPulled() throws SQLException {
		database.store(event(BUCKET, "a"), event(BUCKET, "b"), event(BUCKET, "c"));
		database.execute("UPDATE events SET consumer = 'stock' WHERE id = 1");
		database.execute("UPDATE events SET completed_by = '{mail}' WHERE id = 2");

		assertThat(ids(pull(transaction(), 10))).containsExactly(3L);
	}

	/**
	 * Between the snapshot and the lock: the last holder of the key completes the event.
	 */
	@Test
	void whatWasCompletedAfterTheSnapshotAndBeforeTheLockIsNotPulled() throws Exception {
		database.store(event(BUCKET, "a"), event(BUCKET, "a"));
		Connection holder = transaction();
		assertThat(ids(pull(holder, 1))).containsExactly(1L);

		FutureTask<Pull> late = startBetweenSnapshotAndLock(2);
		settle(holder, new Settlement(List.of(pullAgain(holder)), List.of(), List.of()));
		openGate();

		assertThat(ids(late.get(20, TimeUnit.SECONDS))).containsExactly(2L);
	}

	/**
	 * Between the snapshot and the lock: the last holder of the key records a failure.
	 * The second event of the key would be taken in place of the first one.
	 */
	@Test
	void whatFailedAfterTheSnapshotAndBeforeTheLockHoldsBackItsKey() throws Exception {
		database.store(event(BUCKET, "a"), event(BUCKET, "a"));
		Connection holder = transaction();
		assertThat(ids(pull(holder, 1))).containsExactly(1L);

		FutureTask<Pull> late = startBetweenSnapshotAndLock(2);
		settle(holder, new Settlement(List.of(),
				List.of(new FailedDelivery(pullAgain(holder), Duration.ofHours(1), false, "x")), List.of()));
		openGate();

		Pull pull = late.get(20, TimeUnit.SECONDS);
		assertThat(ids(pull)).isEmpty();
		assertThat(pull.overtaken()).isTrue();
	}

	@Test
	void aReadOnlyTransactionIsRefused() throws SQLException {
		Connection connection = transaction();
		connection.setReadOnly(true);

		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> pull(connection, 1))
			.withMessageContaining("read-only");
	}

	/** Starts a pull that has its snapshot, and does not go on until the gate opens. */
	private FutureTask<Pull> startBetweenSnapshotAndLock(int limit) throws SQLException {
		database.execute("CREATE SCHEMA IF NOT EXISTS slow");
		database.execute("""
				CREATE OR REPLACE FUNCTION slow.hashtextextended(text, bigint) RETURNS bigint LANGUAGE plpgsql AS $$
				BEGIN
				  PERFORM pg_advisory_xact_lock_shared(%d);
				  RETURN pg_catalog.hashtextextended($1, $2);
				END $$
				""".formatted(GATE));
		this.gate = transaction();
		OutboxDatabase.execute(this.gate, "SELECT pg_advisory_xact_lock(" + GATE + ")");
		Connection connection = database.connection();
		this.connections.add(connection);
		OutboxDatabase.execute(connection, "SET search_path = slow, pg_catalog, public");
		connection.setAutoCommit(false);
		FutureTask<Pull> task = new FutureTask<>((Callable<Pull>) () -> pull(connection, limit));
		new Thread(task).start();
		await().until(() -> database.waiting() > 0);
		return task;
	}

	private Connection gate;

	private void openGate() throws SQLException {
		this.gate.commit();
	}

	private StoredEvent pullAgain(Connection holder) throws SQLException {
		return pull(holder, 1).events().get(0).stored();
	}

	private void settle(Connection holder, Settlement settlement) throws SQLException {
		new SettlementStore(OutboxDatabase.EVENTS, OutboxDatabase.known(Map.of(MAIL, EVERYTHING))).settle(holder,
				lane(BUCKET), settlement);
		holder.commit();
	}

	private static void fail(long id, String key, Duration wait) {
		database.jdbc().sql("""
				INSERT INTO events_retry (consumer, bucket, id, partition_key, attempts, next_attempt_at, last_error)
				VALUES ('mail', ?, ?, ?, 1, clock_timestamp() + ?::bigint * interval '1 second', 'x')
				""").params(BUCKET, id, key, (wait != null) ? wait.toSeconds() : null).update();
	}

	private Pull pull(Connection connection, int limit) throws SQLException {
		return this.store.pull(connection, request(MAIL, limit, Set.of(), 100));
	}

	private static PullRequest request(ConsumerId consumer, int limit, Set<Long> before, int depth) {
		return new PullRequest(consumer, EVERYTHING, new long[Buckets.COUNT], new PulledBefore(before, 0, 0), Set.of(),
				limit, depth, false);
	}

	private static PullRequest knowing(int version, Map<Long, Long> waiting) {
		return new PullRequest(MAIL, EVERYTHING, new long[Buckets.COUNT], PulledBefore.NOTHING, Set.of(), 10, 100,
				false, Map.of("T", version), waiting);
	}

	private static NewEvent later(int bucket, String key) {
		NewEvent event = event(bucket, key);
		return new NewEvent(bucket, event.eventId(), event.type(), null, key, event.payload(), null, 2, null, null);
	}

	private static Lane lane(int bucket) {
		return Lane.of(OutboxDatabase.EVENTS, MAIL, bucket);
	}

	private static NewEvent event(int bucket, String key) {
		return OutboxDatabase.event(bucket, key);
	}

	private static List<Long> ids(Pull pull) {
		return pull.events().stream().map((event) -> event.stored().id()).toList();
	}

	private Connection transaction() throws SQLException {
		Connection connection = database.transaction();
		this.connections.add(connection);
		return connection;
	}

}
