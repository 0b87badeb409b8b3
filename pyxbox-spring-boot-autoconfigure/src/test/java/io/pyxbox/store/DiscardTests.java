package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetterFilter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * What is discarded is completed for its consumer, and for nobody else.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DiscardTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final int BUCKET = 5;

	private static final Map<ConsumerId, Subscription> NOBODY = Map.of();

	private final Deliveries deliveries = new Deliveries(database);

	private final DeadLetterStore store = new DeadLetterStore(OutboxDatabase.EVENTS);

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
	void leavesWhatIsNotBlockedAlone() throws SQLException {
		store("T", "T");
		this.deliveries.register("stock", "T");
		this.deliveries.giveUp("mail", 1);
		this.deliveries.giveUpShared("mail", 2);

		discardAll(NOBODY);

		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(this.deliveries.events()).containsExactly("2 {mail}");
	}

	@Test
	void deletesAnEventThatNobodyElseTakes() throws SQLException {
		store("T", "T");
		this.deliveries.register("mail", "T");
		this.deliveries.register("stock", "U");
		this.deliveries.block("mail", 1);

		discardAll(Map.of(new ConsumerId("mail"), taking("T"), new ConsumerId("audit"), taking("U")));

		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(this.deliveries.failing()).isEmpty();
		assertThat(this.deliveries.events()).containsExactly("2");
	}

	@Test
	void keepsAnEventThatAnotherConsumerStillHasToTake() throws SQLException {
		store("T");
		this.deliveries.register("mail", "T");
		this.deliveries.register("stock", "T");
		database.execute("UPDATE events SET completed_by = '{audit}'");
		this.deliveries.block("mail", 1);
		this.deliveries.fail("stock", 1, "clock_timestamp()");

		discardAll(NOBODY);

		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(this.deliveries.failing()).containsExactly("stock 1 3 1 true");
		assertThat(this.deliveries.events()).containsExactly("1 {audit,mail}");
	}

	@Test
	void keepsAnEventForAConsumerOfThisApplicationThatIsNotRegisteredYet() throws SQLException {
		store("T");
		this.deliveries.block("mail", 1);

		discardAll(Map.of(new ConsumerId("mail"), taking("T"), new ConsumerId("stock"), taking("T")));

		assertThat(this.deliveries.events()).containsExactly("1 {mail}");
	}

	@Test
	void deletesAnEventThatAllOthersHaveCompleted() throws SQLException {
		store("T");
		for (String consumer : List.of("mail", "stock", "audit")) {
			this.deliveries.register(consumer, "T");
		}
		database.execute("UPDATE events SET completed_by = '{audit,stock,old}'");
		this.deliveries.block("mail", 1);

		discardAll(Map.of(new ConsumerId("stock"), taking("T")));

		assertThat(this.deliveries.events()).isEmpty();
	}

	@Test
	void asksOnlyThoseConsumersThatTakeEventsOfTheTopic() throws SQLException {
		store("T", "T", "T");
		database.execute("UPDATE events SET topic = 'orders' WHERE id = 2");
		database.execute("UPDATE events SET topic = 'returns' WHERE id = 3");
		this.deliveries.register("stock", "T", "orders");
		for (int id = 1; id <= 3; id++) {
			this.deliveries.block("mail", id);
		}

		discardAll(Map.of(new ConsumerId("audit"),
				new Subscription(Set.of(), Set.of(new Subscription.Route("T", "returns")))));

		assertThat(this.deliveries.events()).containsExactly("2 {mail}", "3 {mail}");
	}

	@Test
	void asksNobodyAboutAnEventThatWasRedriven() throws SQLException {
		store("T");
		this.deliveries.register("stock", "T");
		database.execute("UPDATE events SET consumer = 'mail'");
		this.deliveries.block("mail", 1);

		discardAll(NOBODY);

		assertThat(this.deliveries.events()).isEmpty();
		assertThat(this.deliveries.failing()).isEmpty();
	}

	@Test
	void discardsWhatSeveralConsumersHaveGivenUpTogether() throws SQLException {
		store("T", "T");
		for (String consumer : List.of("mail", "stock", "audit")) {
			this.deliveries.register(consumer, "T");
			this.deliveries.block(consumer, 1);
		}
		this.deliveries.block("mail", 2);
		this.deliveries.block("audit", 2);

		discardAll(NOBODY);

		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(this.deliveries.failing()).isEmpty();
		assertThat(this.deliveries.events()).containsExactly("2 {audit,mail}");
	}

	@Test
	void leavesDeadLettersWhereOnlyTheirEventsAreToBeCompleted() throws SQLException {
		store("T", "T");
		this.deliveries.block("mail", 1);
		this.deliveries.giveUp("mail", 2);

		try (Connection connection = database.transaction()) {
			DeadLetterStore.Batch batch = this.store.lock(connection, List.of(1L, 2L));
			assertThat(this.store.complete(connection, batch, NOBODY)).isEqualTo(1);
			connection.commit();
		}

		assertThat(this.deliveries.letters()).containsExactly(1L, 2L);
		assertThat(this.deliveries.failing()).isEmpty();
		assertThat(this.deliveries.events()).isEmpty();
	}

	@Test
	void seesTheOtherConsumerThatCompletesTheEventInTheSameMoment() throws Exception {
		assertThat(eventsAfterMeeting(Connection::commit)).isEmpty();
	}

	@Test
	void staysAloneIfTheOtherConsumerRollsBack() throws Exception {
		assertThat(eventsAfterMeeting(Connection::rollback)).containsExactly("1 {mail}");
	}

	private List<String> eventsAfterMeeting(End end) throws Exception {
		store("T");
		this.deliveries.register("mail", "T");
		this.deliveries.register("stock", "T");
		this.deliveries.block("mail", 1);
		try (Connection other = database.transaction()) {
			OutboxDatabase.execute(other, "UPDATE events SET completed_by = '{stock}'");
			Future<?> discarding = this.threads.submit(discarding());
			await().until(() -> database.waiting() == 1);
			end.of(other);
			discarding.get();
		}
		return this.deliveries.events();
	}

	@Test
	void locksEventsByTheirIdsWhateverTheOrderOfTheDeadLetters() throws Exception {
		store("T", "T", "T");
		for (int id : new int[] { 3, 2, 1 }) {
			this.deliveries.block("mail", id);
		}

		try (Connection obstacle = database.transaction()) {
			OutboxDatabase.execute(obstacle, "SELECT FROM events WHERE id = 1 FOR UPDATE");
			Future<?> discarding = this.threads.submit(discarding());
			await().until(() -> database.waiting() == 1);
			OutboxDatabase.execute(obstacle, "SELECT FROM events WHERE id > 1 FOR UPDATE NOWAIT");
			obstacle.commit();
			discarding.get();
		}

		assertThat(this.deliveries.events()).isEmpty();
	}

	@Test
	void twoPlacesDiscardWhileAnotherConsumerCompletesTheSameEvents() throws Exception {
		int count = 600;
		database.execute("INSERT INTO events (bucket, event_id, type, partition_key, payload) "
				+ "SELECT i % 3, gen_random_uuid(), 'T', 'key' || i, '{}' FROM generate_series(1, " + count + ") i");
		this.deliveries.register("mail", "T");
		this.deliveries.register("stock", "T");
		this.deliveries.blockAll("mail");

		List<Future<Integer>> discarding = List.of(this.threads.submit(this::discardInBatches),
				this.threads.submit(this::discardInBatches));
		Future<?> completing = this.threads.submit(() -> {
			for (int round = 0; round < count / 15; round++) {
				completeForStock(round % 3);
			}
			return null;
		});
		completing.get();

		assertThat(discarding.get(0).get() + discarding.get(1).get()).isEqualTo(count);
		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(this.deliveries.failing()).isEmpty();
		assertThat(this.deliveries.events()).isEmpty();
		assertThat(database.jdbc()
			.sql("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
			.query(Integer.class)
			.single()).isZero();
	}

	private int discardInBatches() throws SQLException {
		int count = 0;
		for (long after = 0;;) {
			try (Connection connection = database.transaction()) {
				DeadLetterStore.Batch batch = this.store.lock(connection, DeadLetterFilter.all(), after, 1000, 20);
				this.store.discard(connection, batch, NOBODY);
				connection.commit();
				count += batch.size();
				after = batch.lastId();
				if (batch.size() == 0) {
					return count;
				}
			}
		}
	}

	/** As a settlement does: lock by the ids, look, then delete or leave to the last. */
	private static void completeForStock(int bucket) throws SQLException {
		try (Connection connection = database.transaction()) {
			OutboxDatabase.execute(connection,
					"""
							CREATE TEMPORARY TABLE mine ON COMMIT DROP AS
							SELECT id FROM events WHERE bucket = %1$d AND 'stock' <> ALL (coalesce(completed_by, '{}'))
							ORDER BY id LIMIT 40;
							DO $$ BEGIN PERFORM FROM events WHERE bucket = %1$d AND id IN (SELECT id FROM mine)
							ORDER BY id FOR UPDATE; END $$;
							DELETE FROM events WHERE bucket = %1$d AND id IN (SELECT id FROM mine) AND 'mail' = ANY (completed_by);
							UPDATE events SET completed_by = array_append(completed_by, 'stock')
							WHERE bucket = %1$d AND id IN (SELECT id FROM mine)
							"""
						.formatted(bucket));
			connection.commit();
		}
	}

	private Callable<Void> discarding() {
		return () -> {
			discardAll(NOBODY);
			return null;
		};
	}

	private void discardAll(Map<ConsumerId, Subscription> declared) throws SQLException {
		try (Connection connection = database.transaction()) {
			DeadLetterStore.Batch batch = this.store.lock(connection, DeadLetterFilter.all(), 0, 100, 100);
			this.store.discard(connection, batch, declared);
			connection.commit();
		}
	}

	private static Subscription taking(String type) {
		return new Subscription(Set.of(type), Set.of());
	}

	private static void store(String... types) {
		for (String type : types) {
			database.store(OutboxDatabase.event(BUCKET, "key", type));
		}
	}

	@FunctionalInterface
	private interface End {

		void of(Connection connection) throws SQLException;

	}

}
