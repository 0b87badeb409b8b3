package io.pyxbox.store;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class LaneStoreTests {

	private static final OutboxDatabase database = OutboxDatabase.withoutPooler();

	private static final Subscription EVERYTHING = new Subscription(Set.of("T"), Set.of());

	private static final ConsumerId MAIL = new ConsumerId("mail");

	private static final int BUCKET = 5;

	private static final long GATE = 4711;

	private final Lane lane = lane(MAIL, BUCKET);

	private final LaneStore store = new LaneStore(OutboxDatabase.EVENTS);

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
	void readsTheEventsOfItsBucketInTheirOrder() throws SQLException {
		database.store(event("a"), OutboxDatabase.event(BUCKET + 1, "b"), event("c"), event(null));

		Claim claim = claim(transaction());

		assertThat(claim.locked()).isTrue();
		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(1L, 3L, 4L);
		assertThat(claim.full()).isFalse();
		assertThat(claim.nextAttemptIn()).isNull();
	}

	@Test
	void readsEverythingThatWasStoredOfAnEvent() throws SQLException {
		EventId id = new EventId(UUID.randomUUID());
		database.store(new NewEvent(BUCKET, id, "T", "orders", "ä", "{\"text\": \"ä😀\"}", "{\"trace\": \"1\"}"),
				event(null));

		List<StoredEvent> events = claim(transaction()).events();

		assertThat(events.get(0)).satisfies((event) -> {
			assertThat(event.eventId()).isEqualTo(id);
			assertThat(event.type()).isEqualTo("T");
			assertThat(event.topic()).isEqualTo("orders");
			assertThat(event.partitionKey()).isEqualTo("ä");
			assertThat(new String(event.payload(), StandardCharsets.UTF_8)).isEqualTo("{\"text\": \"ä😀\"}");
			assertThat(event.headers()).isEqualTo("{\"trace\": \"1\"}");
			assertThat(Duration.between(event.createdAt(), Instant.now())).isLessThan(Duration.ofMinutes(1));
			assertThat(event.attempt()).isOne();
		});
		assertThat(events.get(1)).satisfies((event) -> {
			assertThat(event.topic()).isNull();
			assertThat(event.partitionKey()).isNull();
			assertThat(event.headers()).isNull();
		});
	}

	@Test
	void readsNoMoreThanItWasAskedFor() throws SQLException {
		database.store(event("a"), event("b"), event("c"));

		assertThat(claim(transaction(), 1, 2)).satisfies((claim) -> {
			assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(1L, 2L);
			assertThat(claim.full()).isTrue();
		});
	}

	@Test
	void readsNothingBelowWhereItWasToBegin() throws SQLException {
		database.store(event("a"), event("b"), event("c"));

		assertThat(claim(transaction(), 2, 10).events()).extracting(StoredEvent::id).containsExactly(2L, 3L);
	}

	@Test
	void readsWhatItsConsumerTakesAndHasNotCompleted() throws SQLException {
		database.store(typed("T", null), typed("Other", null), typed("Routed", "here"), typed("Routed", "there"),
				typed("Routed", null), typed("T", "there"), typed("T", null));
		database.execute("UPDATE events SET completed_by = '{stock,mail}' WHERE id = 6");
		database.execute("UPDATE events SET completed_by = '{stock}' WHERE id = 7");
		Subscription subscription = new Subscription(Set.of("T"), Set.of(new Subscription.Route("Routed", "here")));

		Claim claim = this.store.claim(transaction(), OutboxDatabase.request(this.lane, subscription, 0, 10, false));

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(1L, 3L, 7L);
	}

	@Test
	void readsTheTopicsThatItsConsumerTakesWhateverTheType() throws SQLException {
		database.store(typed("T", null), typed("T", "orders"), typed("Unknown", "orders-eu"), typed("T", "returns"),
				typed("Unknown", "returns-eu"), typed("T", "a_b"), typed("T", "a-b"));
		Subscription subscription = Subscription
			.toTopics(Set.of(new TopicPattern("orders*"), new TopicPattern("a_b"), new TopicPattern("*-eu")));

		Claim claim = this.store.claim(transaction(), OutboxDatabase.request(this.lane, subscription, 0, 10, false));

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(2L, 3L, 5L, 6L);
	}

	@Test
	void getsNothingWhileSomebodyElseHoldsTheLane() throws SQLException {
		database.store(event("a"));
		Connection holder = transaction();
		claim(holder);

		assertThat(claim(transaction())).isSameAs(Claim.BUSY);
		assertThat(this.store.claim(transaction(), request(lane(new ConsumerId("stock"), BUCKET), 0, 10)).locked())
			.isTrue();
		assertThat(this.store.claim(transaction(), request(lane(MAIL, BUCKET + 1), 0, 10)).locked()).isTrue();
		holder.rollback();

		assertThat(claim(transaction()).events()).hasSize(1);
	}

	@Test
	void getsTheLaneOfAProcessThatHasDied() throws SQLException {
		database.store(event("a"));
		Connection holder = transaction();
		claim(holder);
		int pid = holder.unwrap(PGConnection.class).getBackendPID();

		database.execute("SELECT pg_terminate_backend(" + pid + ")");

		await().untilAsserted(() -> assertThat(claim(transaction()).events()).hasSize(1));
	}

	@ParameterizedTest
	@ValueSource(strings = { "read committed", "repeatable read", "serializable" })
	void readsWhatTheLastHolderOfTheLaneHasLeft(String defaultIsolation) throws Exception {
		database.store(event("a"), event("b"));
		Connection late = transactionBehindGate(defaultIsolation);

		Claim claim = whileTheLastHolderCompletesTheFirstEvent(() -> claim(late));

		assertThat(claim.locked()).isTrue();
		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(2L);
	}

	@Test
	void wouldReadWhatIsGoneIfItLockedAndReadInOneStatement() throws Exception {
		database.store(event("a"), event("b"));
		Connection late = transactionBehindGate("read committed");

		List<Long> ids = whileTheLastHolderCompletesTheFirstEvent(() -> claimInOneStatement(late));

		assertThat(ids).containsExactly(1L, 2L);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void holdsNeitherASnapshotNorATransactionIdNorALockOnRows(boolean waiting) throws SQLException {
		database.store(event("a"), event("b"));
		Connection connection = transaction();
		connection.unwrap(PGConnection.class).setDefaultFetchSize(1);

		Claim claim = this.store.claim(connection, OutboxDatabase.request(this.lane, EVERYTHING, 0, 10, waiting));

		assertThat(claim.events()).hasSize(2);
		assertThat(holdOf(connection)).isEqualTo(new Hold("idle in transaction", false, false));
		database.execute("SET lock_timeout = '1s'; UPDATE events SET headers = '{}'; DELETE FROM events");
		assertThat(database.storedIds()).isEmpty();
	}

	@Test
	void wouldHoldASnapshotIfItReadThroughACursor() throws SQLException {
		database.store(event("a"), event("b"));
		Connection connection = transaction();

		try (Statement statement = connection.createStatement()) {
			statement.setFetchSize(1);
			try (ResultSet rows = statement.executeQuery("SELECT id FROM events")) {
				assertThat(rows.next()).isTrue();
				assertThat(holdOf(connection).snapshot()).isTrue();
			}
		}
	}

	@Test
	void leavesSettingsAsTheyAreForWorkInTheDatabase() throws SQLException {
		Connection connection = transactionWithSettings();

		claim(connection);

		assertSettings(connection, "on", "9s", "8s");
	}

	@Test
	void neitherWaitsForTheDiskNorIsTimedOutWhileItWaitsForSomebodyOutside() throws SQLException {
		Connection connection = transactionWithSettings();

		this.store.claim(connection, OutboxDatabase.request(this.lane, EVERYTHING, 0, 10, true));

		assertSettings(connection, "off", "1h", "0");
		connection.commit();
		assertSettings(connection, "on", "9s", "8s");
	}

	@Test
	void letsTheServerHearOfItsOwnerWithoutHoldingAnything() throws SQLException {
		database.store(event("a"));
		Connection connection = transaction();
		this.store.claim(connection, waiting(BUCKET));

		this.store.keep(connection);

		assertThat(holdOf(connection)).isEqualTo(new Hold("idle in transaction", false, false));
	}

	@Test
	void canClaimSeveralLanesInOneTransaction() throws SQLException {
		database.store(event("a"), OutboxDatabase.event(BUCKET + 1, "b"), OutboxDatabase.event(BUCKET + 2, "c"));
		this.store.claim(transaction(), request(lane(MAIL, BUCKET + 1), 0, 10));
		Connection connection = transaction();

		assertThat(this.store.claim(connection, waiting(BUCKET)).events()).hasSize(1);
		assertThat(this.store.claim(connection, waiting(BUCKET + 1))).isSameAs(Claim.BUSY);
		assertThat(this.store.claim(connection, waiting(BUCKET + 2)).events()).hasSize(1);
		assertThat(holdOf(connection)).isEqualTo(new Hold("idle in transaction", false, false));
	}

	/** A machine that loses its power closes no connection. */
	@Test
	void noticesWithinSecondsThatItsClientHasVanished() throws SQLException {
		Connection connection = transaction();

		claim(connection);

		assertThat(setting(connection, "tcp_keepalives_idle")).isEqualTo("10");
		assertThat(setting(connection, "tcp_keepalives_interval")).isEqualTo("5");
		assertThat(setting(connection, "tcp_keepalives_count")).isEqualTo("3");
	}

	@Test
	void readsNoMoreThanFitsIntoMemory() throws SQLException {
		database.store(event("a"), large(3_000_000), large(3_000_000), event("b"), large(3_000_000), event("c"));

		Claim claim = claim(transaction());

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(1L, 2L, 3L, 4L);
		assertThat(claim.events().get(1).payload()).hasSize(3_000_000);
		assertThat(claim.full()).isTrue();
		assertThat(claim.readTo()).isEqualTo(4);
	}

	@Test
	void readsTheRestOfWhatDidNotFitNextTime() throws SQLException {
		database.store(large(5_000_000), large(5_000_000), event("c"));
		Connection connection = transaction();
		assertThat(claim(connection, 1, 10).readTo()).isEqualTo(1);
		connection.rollback();

		Claim claim = claim(connection, 2, 10);

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(2L, 3L);
		assertThat(claim.full()).isFalse();
	}

	@Test
	void readsAnEventThatDoesNotFitAlone() throws SQLException {
		database.store(large(20_000_000), event("b"));

		Claim claim = claim(transaction());

		assertThat(claim.events()).singleElement()
			.satisfies((event) -> assertThat(event.payload()).hasSize(20_000_000));
		assertThat(claim.readTo()).isEqualTo(1);
		assertThat(claim.full()).isTrue();
	}

	@Test
	void whatIsDueMayTakeAllThatFits() throws SQLException {
		database.store(large(5_000_000), large(5_000_000), event("b"), event("c"));
		fails(1, Duration.ZERO);
		fails(2, Duration.ZERO);
		fails(3, Duration.ZERO);

		Claim claim = claim(transaction());

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(1L);
		assertThat(claim.full()).isTrue();
		assertThat(claim.readTo()).isLessThan(4);
	}

	/** Compresses well, so what is stored says little of it. */
	private static NewEvent large(int size) {
		return new NewEvent(BUCKET, new EventId(UUID.randomUUID()), "T", null, null, '"' + "x".repeat(size - 2) + '"',
				null);
	}

	@Test
	void readsWhatIsDueByItsIdWhereverReadingBegins() throws SQLException {
		database.store(event("a"), event("a"), event("b"), event("c"));
		fails(1, Duration.ZERO);

		Claim claim = claim(transaction(), 4, 10);

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(1L, 4L);
		assertThat(claim.failing()).containsExactly(1L);
		assertThat(claim.readFrom()).isEqualTo(4);
		assertThat(claim.readTo()).isEqualTo(Long.MAX_VALUE);
	}

	@Test
	void goesBackToWhatIsHeldBackNoLonger() throws SQLException {
		database.store(event("a"), event("a"), event("b"));
		ClaimRequest request = new ClaimRequest(this.lane, EVERYTHING, 4, Map.of(1L, 2L), null, 10, null);

		Claim claim = this.store.claim(transaction(), request);

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(2L, 3L);
		assertThat(claim.readFrom()).isEqualTo(2);
	}

	@Test
	void leavesOutWhatIsBlockedUntilSomebodyActs() throws SQLException {
		database.store(event("a"), event("a"), event("b"));
		fails(1, Duration.ZERO);
		database.execute("UPDATE events_retry SET next_attempt_at = NULL");

		Claim claim = claim(transaction());

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(3L);
		assertThat(claim.nextAttemptIn()).isNull();
	}

	@Test
	void letsAKeyGoOnWhoseFailingEventIsThereNoMore() throws SQLException {
		database.store(event("a"), event("a"));
		fails(1, Duration.ZERO);
		database.execute("DELETE FROM events WHERE id = 1");

		Claim claim = claim(transaction());

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(2L);
		assertThat(claim.failing()).isEmpty();
	}

	@Test
	void readsOneEventAlone() throws SQLException {
		database.store(event("a"), event("b"), event("c"));
		ClaimRequest request = new ClaimRequest(this.lane, EVERYTHING, 0, Map.of(), 2L, 10, null);

		Claim claim = this.store.claim(transaction(), request);

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(2L);
		assertThat(claim.readTo()).as("nothing is known of the others").isEqualTo(-1);
	}

	@Test
	void readsWhatWasRedrivenForItsConsumerOnly() throws SQLException {
		database.store(event("a"), event("b"), event("c"));
		database.execute("UPDATE events SET consumer = 'mail' WHERE id = 2");
		database.execute("UPDATE events SET consumer = 'stock' WHERE id = 3");

		Claim claim = claim(transaction());

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(1L, 2L);
		assertThat(claim.events()).extracting(StoredEvent::redriven).containsExactly(false, true);
	}

	@Test
	void leavesOutWhatWaitsForItsNextAttemptAndWhatWaitsBehindIt() throws SQLException {
		database.store(event("a"), event("b"), event("a"), event(null), event(null), event("c"));
		fails(1, Duration.ofHours(1));
		fails(4, Duration.ofMinutes(10));

		Claim claim = claim(transaction(), 0, 3);

		assertThat(claim.events()).extracting(StoredEvent::id).containsExactly(2L, 5L, 6L);
		assertThat(claim.full()).isTrue();
		assertThat(claim.nextAttemptIn()).isBetween(Duration.ofMinutes(9), Duration.ofMinutes(10));
	}

	@Test
	void countsTheAttemptsOfWhatIsDueAgain() throws SQLException {
		database.store(event("a"), event("b"));
		fails(1, Duration.ZERO);
		fails(1, Duration.ZERO);

		Claim claim = claim(transaction());

		assertThat(claim.events()).extracting(StoredEvent::attempt).containsExactly(3, 1);
		assertThat(claim.nextAttemptIn()).isNull();
	}

	@Test
	void doesNotCareAboutTheFailuresOfOtherConsumersAndBuckets() throws SQLException {
		database.store(event("a"));
		database.execute("""
				INSERT INTO events_retry (consumer, bucket, id, partition_key, attempts, next_attempt_at, last_error)
				VALUES ('stock', 5, 1, 'a', 1, now() + interval '1 hour', 'x'),
				  ('mail', 6, 1, 'a', 1, now() + interval '1 hour', 'x')
				""");

		Claim claim = claim(transaction());

		assertThat(claim.events()).extracting(StoredEvent::attempt).containsExactly(1);
	}

	@Test
	void canBeRepeatedOnOneConnectionAnyNumberOfTimes() throws SQLException {
		database.store(event("a"), event("a"));
		Connection connection = transaction();
		for (int i = 0; i < 20; i++) {
			assertThat(claim(connection).events()).hasSize(2);
			connection.rollback();
		}

		fails(1, Duration.ofHours(1));

		for (int i = 0; i < 20; i++) {
			assertThat(claim(connection).events()).isEmpty();
			connection.rollback();
		}
	}

	private void fails(long id, Duration nextAttemptIn) throws SQLException {
		try (Connection connection = database.connection()) {
			int attempts = database.jdbc()
				.sql("SELECT coalesce(sum(attempts), 0) FROM events_retry WHERE id = ?")
				.param(id)
				.query(Integer.class)
				.single();
			String key = database.jdbc()
				.sql("SELECT coalesce(partition_key, '') FROM events WHERE id = ?")
				.param(id)
				.query(String.class)
				.single();
			StoredEvent event = new StoredEvent(id, new EventId(UUID.randomUUID()), "T", null,
					key.isEmpty() ? null : key, new byte[0], null, Instant.EPOCH, false,
					new StoredEvent.Failures(attempts, 0));
			new SettlementStore(OutboxDatabase.EVENTS, OutboxDatabase.known(Map.of(MAIL, EVERYTHING)))
				.settle(connection, this.lane, new Settlement(List.of(),
						List.of(new FailedDelivery(event, nextAttemptIn, false, "x")), List.of()));
		}
	}

	/**
	 * Begins an action that locks the lane. Its first statement has begun, with a
	 * snapshot, but has not tried the lock yet, when the last holder commits.
	 */
	private <T> T whileTheLastHolderCompletesTheFirstEvent(Callable<T> action) throws Exception {
		Connection last = transaction();
		claim(last);
		Connection gate = database.connection();
		this.connections.add(gate);
		OutboxDatabase.execute(gate, "SELECT pg_advisory_lock(" + GATE + ")");
		FutureTask<T> late = new FutureTask<>(action);
		new Thread(late).start();
		await().until(() -> database.waiting() == 1);
		OutboxDatabase.execute(last, "DELETE FROM events WHERE id = 1");
		last.commit();
		OutboxDatabase.execute(gate, "SELECT pg_advisory_unlock(" + GATE + ")");
		return late.get();
	}

	/**
	 * A connection for which trying a lock takes as long as the gate is closed.
	 */
	private Connection transactionBehindGate(String defaultIsolation) throws SQLException {
		database.execute("""
				CREATE SCHEMA IF NOT EXISTS gate;
				CREATE OR REPLACE FUNCTION gate.pg_try_advisory_xact_lock(key bigint) RETURNS boolean AS $$
				BEGIN
				  PERFORM pg_advisory_xact_lock_shared(%d);
				  RETURN pg_catalog.pg_try_advisory_xact_lock(key);
				END $$ LANGUAGE plpgsql
				""".formatted(GATE));
		Connection connection = transaction();
		OutboxDatabase.execute(connection, "SET SESSION search_path = gate, pg_catalog, public");
		OutboxDatabase.execute(connection, "SET SESSION default_transaction_isolation = '" + defaultIsolation + "'");
		connection.commit();
		return connection;
	}

	private List<Long> claimInOneStatement(Connection connection) throws SQLException {
		List<Long> ids = new ArrayList<>();
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("""
				SELECT e.id FROM (SELECT pg_try_advisory_xact_lock(%d) AS locked OFFSET 0) l, events e
				WHERE l.locked AND e.bucket = %d ORDER BY e.id
				""".formatted(this.lane.lockKey(), BUCKET))) {
			while (rows.next()) {
				ids.add(rows.getLong(1));
			}
		}
		return ids;
	}

	private static Hold holdOf(Connection connection) throws SQLException {
		return database.jdbc().sql("""
				SELECT state, backend_xmin IS NOT NULL AS snapshot, backend_xid IS NOT NULL AS transaction_id
				FROM pg_stat_activity WHERE pid = ?
				""").param(connection.unwrap(PGConnection.class).getBackendPID()).query(Hold.class).single();
	}

	private Connection transactionWithSettings() throws SQLException {
		Connection connection = transaction();
		OutboxDatabase.execute(connection,
				"SET SESSION synchronous_commit = on; SET SESSION idle_in_transaction_session_timeout = '9s'");
		if (hasTransactionTimeout(connection)) {
			OutboxDatabase.execute(connection, "SET SESSION transaction_timeout = '8s'");
		}
		connection.commit();
		return connection;
	}

	private static boolean hasTransactionTimeout(Connection connection) throws SQLException {
		return connection.getMetaData().getDatabaseMajorVersion() >= 17;
	}

	/** Looks at those that a claim may change. */
	private static void assertSettings(Connection connection, String synchronousCommit, String idleTimeout,
			String transactionTimeout) throws SQLException {
		assertThat(setting(connection, "synchronous_commit")).isEqualTo(synchronousCommit);
		assertThat(setting(connection, "idle_in_transaction_session_timeout")).isEqualTo(idleTimeout);
		if (hasTransactionTimeout(connection)) {
			assertThat(setting(connection, "transaction_timeout")).isEqualTo(transactionTimeout);
		}
	}

	private static String setting(Connection connection, String name) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("SHOW " + name)) {
			row.next();
			return row.getString(1);
		}
	}

	private static ClaimRequest waiting(int bucket) {
		return OutboxDatabase.request(lane(MAIL, bucket), EVERYTHING, 0, 10, true);
	}

	private Claim claim(Connection connection) throws SQLException {
		return claim(connection, 0, 10);
	}

	private Claim claim(Connection connection, long fromId, int limit) throws SQLException {
		return this.store.claim(connection, request(this.lane, fromId, limit));
	}

	private static ClaimRequest request(Lane lane, long fromId, int limit) {
		return OutboxDatabase.request(lane, EVERYTHING, fromId, limit, false);
	}

	private static Lane lane(ConsumerId consumer, int bucket) {
		return Lane.of(OutboxDatabase.EVENTS, consumer, bucket);
	}

	private static NewEvent event(@Nullable String key) {
		return OutboxDatabase.event(BUCKET, key);
	}

	private static NewEvent typed(String type, @Nullable String topic) {
		return new NewEvent(BUCKET, new EventId(UUID.randomUUID()), type, topic, null, "{}", null);
	}

	private Connection transaction() throws SQLException {
		Connection connection = database.transaction();
		this.connections.add(connection);
		return connection;
	}

	/**
	 * What a connection holds.
	 */
	record Hold(String state, boolean snapshot, boolean transactionId) {
	}

}
