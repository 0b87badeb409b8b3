package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

@Timeout(60)
class SettlementStoreTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final ConsumerId MAIL = new ConsumerId("mail");

	private static final ConsumerId STOCK = new ConsumerId("stock");

	private static final ConsumerId AUDIT = new ConsumerId("audit");

	private static final Subscription EVERYTHING = new Subscription(Set.of("T", "U"), Set.of());

	private static final Subscription ONLY_T = new Subscription(Set.of("T"), Set.of());

	private static final int BUCKET = 5;

	private final SettlementStore alone = store(Map.of(MAIL, EVERYTHING));

	private final SettlementStore shared = store(Map.of(MAIL, EVERYTHING, STOCK, EVERYTHING));

	private final ExecutorService threads = Executors.newCachedThreadPool();

	@BeforeEach
	void emptyTables() {
		database.clear();
	}

	@AfterEach
	void endThreads() {
		this.threads.shutdownNow();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void deletesWhatTheOnlyConsumerHasCompleted() throws SQLException {
		store("T", "T", "T");

		settle(this.alone, MAIL, completed(1, 3));

		assertThat(database.storedIds()).containsExactly(2L);
	}

	@Test
	void leavesAnEventThatCommitsLateIntoTheRange() throws SQLException {
		commitsTheSecondOfThreeEventsLate();

		settle(this.alone, MAIL, completed(1, 3));

		assertThat(database.storedIds()).containsExactly(2L);
	}

	@Test
	void wouldDeleteAnEventThatCommitsLateIfItDeletedARange() throws SQLException {
		commitsTheSecondOfThreeEventsLate();

		database.execute("DELETE FROM events WHERE bucket = 5 AND id BETWEEN 1 AND 3");

		assertThat(database.storedIds()).isEmpty();
	}

	@Test
	void refusesToCompleteWhatIsNoLongerThere() throws SQLException {
		store("T", "T");
		database.execute("DELETE FROM events WHERE id = 2");

		assertThatExceptionOfType(LostClaimException.class).isThrownBy(() -> settle(this.alone, MAIL, completed(1, 2)))
			.withMessageContaining("Of 2 claimed events of consumer 'mail' in bucket 5 only 1");
		assertThatExceptionOfType(LostClaimException.class)
			.isThrownBy(() -> settle(this.shared, MAIL, completed(1, 2)));
		assertThat(database.storedIds()).containsExactly(1L);
	}

	@Test
	void refusesToGiveUpWhatIsNoLongerThere() {
		Settlement settlement = new Settlement(List.of(), List.of(), List.of(dead(1, 0)));

		assertThatExceptionOfType(LostClaimException.class).isThrownBy(() -> settle(this.alone, MAIL, settlement));
		assertThat(deadLetters()).isEmpty();
	}

	@Test
	void keepsAnEventUntilTheLastOfItsConsumersHasCompletedIt() throws SQLException {
		store("T", "T");

		settle(this.shared, MAIL, completed(1));
		assertThat(completedBy(1)).isEqualTo("{mail}");
		assertThat(completedBy(2)).isEmpty();
		settle(this.shared, STOCK, completed(1, 2));

		assertThat(database.storedIds()).containsExactly(2L);
		assertThat(completedBy(2)).isEqualTo("{stock}");
	}

	@Test
	void keepsAnEventForAConsumerThatSomebodyElseHasRegistered() throws SQLException {
		store("T", "U", "T");
		settle(this.alone, MAIL, completed(1));
		register(AUDIT, ONLY_T);

		settle(this.alone, MAIL, new Settlement(List.of(event(2, "U", 0), event(3, "T", 0)), List.of(), List.of()));

		assertThat(database.storedIds()).containsExactly(3L);
		assertThat(completedBy(3)).isEqualTo("{mail}");
	}

	@Test
	void learnsOfARegistrationAlsoWhereSeveralConsumersAreKnownAlready() throws SQLException {
		store("T");
		settle(this.shared, MAIL, completed(1));
		register(AUDIT, ONLY_T);

		settle(this.shared, STOCK, completed(1));

		assertThat(database.storedIds()).containsExactly(1L);
	}

	@Test
	void waitsNoLongerForAConsumerThatIsForgotten() throws SQLException {
		store("T");
		register(AUDIT, ONLY_T);
		KnownConsumers known = OutboxDatabase.known(Map.of(MAIL, EVERYTHING));
		try (Connection connection = database.transaction()) {
			known.learn(connection);
		}
		database.execute("DELETE FROM events_consumer");

		settle(new SettlementStore(OutboxDatabase.EVENTS, known), MAIL, completed(1));

		assertThat(database.storedIds()).isEmpty();
	}

	@Test
	void asksNobodyElseAboutAnEventThatWasRedriven() throws SQLException {
		store("T");
		StoredEvent redriven = new StoredEvent(1, new EventId(new UUID(0, 1)), "T", null, "key", new byte[0], null,
				Instant.EPOCH, true, new StoredEvent.Failures(0, 0));

		settle(this.shared, MAIL, new Settlement(List.of(redriven), List.of(), List.of()));

		assertThat(database.storedIds()).isEmpty();
	}

	@Test
	void keepsAnEventThatBlocksItsKeyBesideItsDeadLetter() throws SQLException {
		store("T");
		FailedDelivery blocked = new FailedDelivery(event(1, "T", 2), null, false, "no stock");

		settle(this.alone, MAIL, new Settlement(List.of(), List.of(blocked), List.of(dead(1, 2))));

		assertThat(database.storedIds()).containsExactly(1L);
		assertThat(deadLetters()).hasSize(1);
		assertThat(database.jdbc()
			.sql("SELECT attempts FROM events_retry WHERE next_attempt_at IS NULL")
			.query(Integer.class)
			.list()).containsExactly(3);
	}

	@Test
	void countsHowOftenAProcessDiedOfAnEvent() throws SQLException {
		store("T");
		FailedDelivery first = new FailedDelivery(event(1, "T", 0), Duration.ofSeconds(1), true, "died");
		StoredEvent again = new StoredEvent(1, new EventId(new UUID(0, 1)), "T", null, "key", new byte[0], null,
				Instant.EPOCH, false, new StoredEvent.Failures(1, 1));

		settle(this.alone, MAIL, new Settlement(List.of(), List.of(first), List.of()));
		settle(this.alone, MAIL, new Settlement(List.of(),
				List.of(new FailedDelivery(again, Duration.ofSeconds(1), false, "no stock")), List.of()));

		assertThat(
				database.jdbc().sql("SELECT attempts || ' ' || crashes FROM events_retry").query(String.class).list())
			.containsExactly("2 1");
	}

	@Test
	void whatIsNobodysFaultCountsNoAttemptAndWaitsAsLongAsItHasBeenFailing() throws SQLException {
		store("T");
		FailedDelivery silent = new FailedDelivery(event(1, "T", 0), Duration.ofSeconds(1), false, "silent",
				Duration.ofMinutes(10));

		settle(this.alone, MAIL, new Settlement(List.of(), List.of(silent), List.of()));
		assertThat(retries()).containsExactly("0 attempts, 1 s");

		database.execute("UPDATE events_retry SET first_failed_at = clock_timestamp() - interval '300 seconds'");
		settle(this.alone, MAIL, new Settlement(List.of(), List.of(silent), List.of()));
		assertThat(retries()).containsExactly("0 attempts, 300 s");

		database.execute("UPDATE events_retry SET first_failed_at = clock_timestamp() - interval '1 day'");
		settle(this.alone, MAIL, new Settlement(List.of(), List.of(silent), List.of()));
		assertThat(retries()).containsExactly("0 attempts, 600 s");
	}

	private static List<String> retries() {
		return database.jdbc().sql("""
				SELECT attempts || ' attempts, ' || round(extract(epoch FROM next_attempt_at - last_failed_at)) || ' s'
				FROM events_retry
				""").query(String.class).list();
	}

	@Test
	void deletesTheRetriesOfEventsThatAreThereNoMore() throws SQLException {
		store("T", "T");
		settle(this.alone, MAIL,
				new Settlement(List.of(),
						List.of(new FailedDelivery(event(1, "T", 0), Duration.ofSeconds(1), false, "x"),
								new FailedDelivery(event(2, "T", 0), Duration.ofSeconds(1), false, "x")),
						List.of()));
		database.execute("DELETE FROM events WHERE id = 1");

		try (Connection connection = database.connection()) {
			this.alone.deleteOrphanedRetries(connection);
		}

		assertThat(database.jdbc().sql("SELECT id FROM events_retry").query(Long.class).list()).containsExactly(2L);
	}

	@Test
	void asksOnlyThoseConsumersThatTakeTheEvent() throws SQLException {
		store("T", "U");
		SettlementStore store = store(Map.of(MAIL, EVERYTHING, STOCK, ONLY_T));

		settle(store, MAIL, completed(event(1, "T", 0), event(2, "U", 0)));

		assertThat(database.storedIds()).containsExactly(1L);
	}

	@Test
	void doesNotMindConsumersOfThePastThatHaveCompletedAnEvent() throws SQLException {
		store("T");
		database.execute("UPDATE events SET completed_by = '{old,stock}'");

		settle(this.shared, MAIL, completed(1));

		assertThat(database.storedIds()).isEmpty();
	}

	@Test
	void letsTheSecondOfTwoConsumersThatCompleteAtTheSameTimeDelete() throws Exception {
		store("T", "T");

		try (Connection first = database.transaction(); Connection second = database.transaction()) {
			this.shared.settle(first, lane(MAIL), completed(1, 2));
			Future<?> waiting = this.threads.submit(settling(this.shared, second, STOCK, completed(1, 2)));
			await().until(() -> database.waiting() == 1);
			first.commit();
			waiting.get();
			second.commit();
		}

		assertThat(database.storedIds()).isEmpty();
	}

	@Test
	void letsTheSecondOfTwoConsumersStayAloneIfTheFirstRollsBack() throws Exception {
		store("T");

		try (Connection first = database.transaction(); Connection second = database.transaction()) {
			this.shared.settle(first, lane(MAIL), completed(1));
			Future<?> waiting = this.threads.submit(settling(this.shared, second, STOCK, completed(1)));
			await().until(() -> database.waiting() == 1);
			first.rollback();
			waiting.get();
			second.commit();
		}

		assertThat(completedBy(1)).isEqualTo("{stock}");
	}

	@Test
	void letsTheLastOfThreeConsumersDeleteWhateverTheOrder() throws Exception {
		Map<ConsumerId, Subscription> consumers = Map.of(MAIL, EVERYTHING, STOCK, EVERYTHING, AUDIT, ONLY_T);
		SettlementStore store = store(consumers);

		for (int round = 0; round < 10; round++) {
			database.clear();
			store("T", "U", "T", "U", "U", "T");
			List<StoredEvent> all = List.of(event(1, "T", 0), event(2, "U", 0), event(3, "T", 0), event(4, "U", 0),
					event(5, "U", 0), event(6, "T", 0));
			CountDownLatch start = new CountDownLatch(1);
			List<Future<?>> consuming = new ArrayList<>();
			consumers.forEach((consumer, subscription) -> {
				StoredEvent[] taken = all.stream()
					.filter((event) -> subscription.takes(event.type(), null))
					.toArray(StoredEvent[]::new);
				consuming.add(this.threads.submit(() -> {
					start.await();
					settle(store, consumer, completed(taken));
					return null;
				}));
			});
			start.countDown();
			for (Future<?> consumer : consuming) {
				consumer.get();
			}
			assertThat(database.storedIds()).isEmpty();
		}
	}

	@Test
	void locksWhatSeveralConsumersTakeInOneOrderWhoeverAsks() throws Exception {
		SettlementStore store = store(
				Map.of(MAIL, EVERYTHING, AUDIT, EVERYTHING, STOCK, new Subscription(Set.of("U"), Set.of())));
		store("T", "U");
		Settlement both = completed(event(1, "T", 0), event(2, "U", 0));

		try (Connection obstacle = database.transaction();
				Connection first = database.transaction();
				Connection second = database.transaction()) {
			OutboxDatabase.execute(obstacle, "SELECT FROM events WHERE id = 1 FOR UPDATE");
			Future<?> mail = this.threads.submit(settling(store, first, MAIL, both));
			await().until(() -> database.waiting() == 1);
			Future<?> audit = this.threads.submit(settling(store, second, AUDIT, both));
			await().until(() -> database.waiting() == 2);
			obstacle.commit();
			mail.get();
			first.commit();
			audit.get();
			second.commit();
		}

		assertThat(database.storedIds()).containsExactly(2L);
	}

	@Test
	void recordsAFailureAndItsNextAttemptByTheClockOfTheDatabase() throws SQLException {
		store("T");

		settle(this.alone, MAIL, failed(event(1, "T", 0), Duration.ofMinutes(10), "no stock"));
		settle(this.alone, MAIL, failed(event(1, "T", 1), Duration.ofMinutes(20), "still no stock"));

		assertThat(database.storedIds()).containsExactly(1L);
		assertThat(database.jdbc().sql("""
				SELECT consumer || ' ' || bucket || ' ' || id || ' ' || partition_key || ' ' || attempts || ' '
				  || last_error || ' ' || (first_failed_at < last_failed_at) || ' '
				  || (next_attempt_at - last_failed_at BETWEEN interval '19 min' AND interval '21 min')
				FROM events_retry
				""").query(String.class).list()).containsExactly("mail 5 1 key 2 still no stock true true");
	}

	@Test
	void recordsFailuresOfEventsWithAndWithoutAKeyTogether() throws SQLException {
		store("T", "T");
		StoredEvent without = new StoredEvent(2, new EventId(UUID.randomUUID()), "T", null, null, new byte[0], null,
				Instant.EPOCH, false, new StoredEvent.Failures(0, 0));

		settle(this.alone, MAIL,
				new Settlement(List.of(),
						List.of(new FailedDelivery(event(1, "T", 0), Duration.ofSeconds(1), false, "{\"a\"}"),
								new FailedDelivery(without, Duration.ofSeconds(1), false, "NULL")),
						List.of()));

		assertThat(database.jdbc()
			.sql("SELECT coalesce(partition_key, '-') || ' ' || last_error FROM events_retry ORDER BY id")
			.query(String.class)
			.list()).containsExactly("key {\"a\"}", "- NULL");
	}

	@Test
	void keepsApartWhatFailedWhateverTheOrder() throws SQLException {
		store("T", "T", "T");
		List<FailedDelivery> failures = new ArrayList<>();
		for (int id : new int[] { 3, 1, 2 }) {
			failures.add(new FailedDelivery(
					new StoredEvent(id, new EventId(UUID.randomUUID()), "T", null, "key" + id, new byte[0], null,
							Instant.EPOCH, false, new StoredEvent.Failures(10 * id - 1, 0)),
					Duration.ofSeconds(1), false, "error" + id));
		}

		settle(this.alone, MAIL, new Settlement(List.of(), failures, List.of()));

		assertThat(database.jdbc()
			.sql("SELECT concat_ws(' ', id, partition_key, attempts, last_error) FROM events_retry ORDER BY id")
			.query(String.class)
			.list()).containsExactly("1 key1 10 error1", "2 key2 20 error2", "3 key3 30 error3");
	}

	@Test
	void forgetsTheFailuresOfWhatIsCompletedOrGivenUp() throws SQLException {
		store("T", "T", "T");
		for (int id = 1; id <= 3; id++) {
			settle(this.shared, MAIL, failed(event(id, "T", 0), Duration.ZERO, "x"));
			settle(this.shared, STOCK, failed(event(id, "T", 0), Duration.ZERO, "x"));
		}

		settle(this.shared, MAIL, new Settlement(List.of(event(1, "T", 1)), List.of(), List.of(dead(2, 1))));

		assertThat(database.jdbc()
			.sql("SELECT consumer || ' ' || id FROM events_retry ORDER BY consumer, id")
			.query(String.class)
			.list()).containsExactly("mail 3", "stock 1", "stock 2", "stock 3");
	}

	@Test
	void keepsTheWholeEventAndTheCauseInADeadLetter() throws SQLException {
		EventId id = new EventId(UUID.randomUUID());
		database.store(new NewEvent(BUCKET, id, "T", "orders", "key", "{\"a\": 1}", "{\"h\": \"1\"}"));
		settle(this.alone, MAIL, failed(event(1, "T", 0), Duration.ZERO, "x"));

		settle(this.alone, MAIL, new Settlement(List.of(), List.of(), List.of(dead(1, 1))));

		assertThat(database.storedIds()).isEmpty();
		assertThat(deadLetters()).containsExactly("mail 5 1 " + id + " T orders key {\"a\": 1} {\"h\": \"1\"} 2 "
				+ "java.lang.IllegalStateException no stock at io.pyxbox t");
	}

	@Test
	void givesUpForOneConsumerOnly() throws SQLException {
		store("T");

		settle(this.shared, MAIL, new Settlement(List.of(), List.of(), List.of(dead(1, 0))));

		assertThat(completedBy(1)).isEqualTo("{mail}");
		assertThat(deadLetters()).hasSize(1);
	}

	@Test
	void writesNothingForAnEmptySettlement() throws SQLException {
		store("T");
		try (Connection connection = database.transaction()) {
			this.shared.settle(connection, lane(MAIL), new Settlement(List.of(), List.of(), List.of()));
			assertThat(database.jdbc()
				.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL")
				.query(Integer.class)
				.single()).isZero();
		}
	}

	private void commitsTheSecondOfThreeEventsLate() throws SQLException {
		store("T");
		try (Connection late = database.transaction()) {
			OutboxDatabase.append(late, OutboxDatabase.event(BUCKET, "key"));
			store("T");
			assertThat(database.storedIds()).containsExactly(1L, 3L);
			late.commit();
		}
	}

	private static Callable<Void> settling(SettlementStore store, Connection connection, ConsumerId consumer,
			Settlement settlement) {
		return () -> {
			store.settle(connection, lane(consumer), settlement);
			return null;
		};
	}

	private static void settle(SettlementStore store, ConsumerId consumer, Settlement settlement) throws SQLException {
		try (Connection connection = database.transaction()) {
			store.settle(connection, lane(consumer), settlement);
			connection.commit();
		}
	}

	private static void store(String... types) {
		database
			.store(Stream.of(types).map((type) -> OutboxDatabase.event(BUCKET, "key", type)).toArray(NewEvent[]::new));
	}

	private static SettlementStore store(Map<ConsumerId, Subscription> consumers) {
		return new SettlementStore(OutboxDatabase.EVENTS, OutboxDatabase.known(consumers));
	}

	private static Settlement completed(long... ids) {
		return completed(java.util.Arrays.stream(ids).mapToObj((id) -> event(id, "T", 0)).toArray(StoredEvent[]::new));
	}

	private static Settlement completed(StoredEvent... events) {
		return new Settlement(List.of(events), List.of(), List.of());
	}

	private static Settlement failed(StoredEvent event, Duration nextAttemptIn, String error) {
		return new Settlement(List.of(), List.of(new FailedDelivery(event, nextAttemptIn, false, error)), List.of());
	}

	private static DeadDelivery dead(long id, int failedAttempts) {
		return new DeadDelivery(event(id, "T", failedAttempts), "java.lang.IllegalStateException", "no stock",
				"at io.pyxbox");
	}

	private static StoredEvent event(long id, String type, int failedAttempts) {
		return new StoredEvent(id, new EventId(new UUID(0, id)), type, null, "key", new byte[0], null, Instant.EPOCH,
				false, new StoredEvent.Failures(failedAttempts, 0));
	}

	private static void register(ConsumerId consumer, Subscription subscription) throws SQLException {
		try (Connection connection = database.transaction()) {
			new ConsumerStore(OutboxDatabase.EVENTS).register(connection, Map.of(consumer, subscription));
			connection.commit();
		}
	}

	private static Lane lane(ConsumerId consumer) {
		return Lane.of(OutboxDatabase.EVENTS, consumer, BUCKET);
	}

	private static String completedBy(long id) {
		return database.jdbc()
			.sql("SELECT coalesce(completed_by::text, '') FROM events WHERE id = ?")
			.param(id)
			.query(String.class)
			.single();
	}

	private static List<String> deadLetters() {
		return database.jdbc()
			.sql("""
					SELECT concat_ws(' ', consumer, bucket, original_id, event_id, type, topic, partition_key, payload, headers,
					  attempts, error_class, error_message, stack_trace,
					  created_at <= first_failed_at AND first_failed_at < last_failed_at)
					FROM events_dead_letter ORDER BY id
					""")
			.query(String.class)
			.list();
	}

}
