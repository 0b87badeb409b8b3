package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.EventId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeadLetterStoreTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final int BUCKET = 5;

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
	void storesTheWholeEventAgainForItsConsumerAlone() throws SQLException {
		EventId id = new EventId(UUID.randomUUID());
		database.store(new NewEvent(BUCKET, id, "T", "orders", "key", "{\"a\": 1}", "{\"h\": \"1\"}"));
		database.execute("UPDATE events SET created_at = '2020-01-01 00:00Z'");
		this.deliveries.giveUp("mail", 1);

		redriveAll();

		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(database.jdbc().sql("""
				SELECT concat_ws(' ', bucket, id, event_id, type, topic, partition_key, payload, headers,
				  created_at = '2020-01-01 00:00Z', coalesce(completed_by::text, '-'), consumer) FROM events
				""").query(String.class).list())
			.containsExactly("5 2 " + id + " T orders key {\"a\": 1} {\"h\": \"1\"} t - mail");
	}

	@Test
	void storesEventsAgainInTheOrderOfTheirDeadLetters() throws SQLException {
		store("T", "T", "T", "T", "T", "T", "T", "T");
		for (int id : new int[] { 3, 1, 2, 8, 5, 4, 7, 6 }) {
			this.deliveries.giveUp("mail", id);
		}
		List<UUID> died = eventIds("events_dead_letter");
		// Read in another order than they were written.
		database.execute("UPDATE events_dead_letter SET attempts = 4 WHERE id IN (1, 4)");

		redriveAll();

		assertThat(eventIds("events")).isEqualTo(died);
		assertThat(database.storedIds()).containsExactly(9L, 10L, 11L, 12L, 13L, 14L, 15L, 16L);
	}

	@Test
	void makesWhatBlocksDueInItsPlaceWithAllAttemptsBeforeIt() throws SQLException {
		store("T", "T", "T");
		this.deliveries.block("mail", 1);
		this.deliveries.block("stock", 1);
		this.deliveries.block("mail", 2);

		redrive(1);

		assertThat(this.deliveries.letters()).containsExactly(2L, 3L);
		assertThat(this.deliveries.failing()).containsExactly("mail 1 0 0 true", "mail 2 3 1 blocked",
				"stock 1 3 1 blocked");
		assertThat(this.deliveries.events()).containsExactly("1", "2", "3");
	}

	@Test
	void storesAgainWhatOthersStillHaveToTake() throws SQLException {
		store("T");
		this.deliveries.giveUpShared("mail", 1);

		redriveAll();

		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(this.deliveries.events()).containsExactly("1 {mail}", "2 mail");
	}

	@Test
	void redrivesInPlaceAndAtTheEndTogether() throws SQLException {
		store("T", "T", "T");
		this.deliveries.giveUp("mail", 1);
		this.deliveries.block("mail", 2);
		this.deliveries.giveUp("stock", 3);

		DeadLetterStore.Batch batch = redriveAll();

		assertThat(batch.size()).isEqualTo(3);
		assertThat(batch.buckets())
			.isEqualTo(Map.of(new ConsumerId("mail"), Set.of(BUCKET), new ConsumerId("stock"), Set.of(BUCKET)));
		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(this.deliveries.failing()).containsExactly("mail 2 0 0 true");
		assertThat(this.deliveries.events()).containsExactly("2", "4 mail", "5 stock");
	}

	@Test
	void losesNoEventThatSomebodyHasDeletedInTheMeantime() throws SQLException {
		store("T");
		this.deliveries.block("mail", 1);
		database.execute("DELETE FROM events");

		redriveAll();

		assertThat(this.deliveries.events()).containsExactly("2 mail");
		assertThat(this.deliveries.failing()).as("nothing that would block the key for ever").isEmpty();
	}

	@Test
	void keepsItsHandsOffAnotherEventOfTheSameIdInATruncatedTable() throws SQLException {
		store("T");
		this.deliveries.giveUp("mail", 1);
		database.execute("TRUNCATE events RESTART IDENTITY");
		store("T");
		this.deliveries.block("mail", 1);

		redrive(1);

		assertThat(this.deliveries.letters()).containsExactly(2L);
		assertThat(this.deliveries.failing()).containsExactly("mail 1 3 1 blocked");
		assertThat(this.deliveries.events()).containsExactly("1", "2 mail");
	}

	@Test
	void leavesADeliveryThatIsNotBlockedItsAttempts() throws SQLException {
		store("T");
		this.deliveries.block("mail", 1);
		database.execute("UPDATE events_retry SET next_attempt_at = clock_timestamp()");

		redriveAll();

		assertThat(this.deliveries.letters()).isEmpty();
		assertThat(this.deliveries.failing()).containsExactly("mail 1 3 1 true");
		assertThat(this.deliveries.events()).as("once, not twice").containsExactly("1");
	}

	@Test
	void locksThoseThatPassTheFilterUpToTheLastOneInTheirOrder() throws SQLException {
		store("T", "U", "T", "T", "T");
		for (int id = 1; id <= 5; id++) {
			this.deliveries.giveUp("mail", id);
		}

		try (Connection connection = database.transaction()) {
			DeadLetterFilter filter = DeadLetterFilter.all().withType("T");
			DeadLetterStore.Batch first = this.store.lock(connection, filter, 0, 4, 2);
			DeadLetterStore.Batch second = this.store.lock(connection, filter, first.lastId(), 4, 2);

			assertThat(first.gone()).containsExactly(1, 3);
			assertThat(first.lastId()).isEqualTo(3);
			assertThat(second.gone()).containsExactly(4);
		}
	}

	@Test
	void passesOverWhatSomebodyElseIsActingOn() throws SQLException {
		store("T", "T", "T");
		for (int id = 1; id <= 3; id++) {
			this.deliveries.giveUp("mail", id);
		}

		try (Connection first = database.transaction(); Connection second = database.transaction()) {
			DeadLetterStore.Batch one = this.store.lock(first, DeadLetterFilter.all(), 0, 100, 2);
			DeadLetterStore.Batch rest = this.store.lock(second, DeadLetterFilter.all(), 0, 100, 2);
			DeadLetterStore.Batch given = this.store.lock(second, List.of(1L, 2L, 3L, 4L));
			this.store.redrive(first, one);
			first.commit();

			assertThat(one.gone()).containsExactly(1, 2);
			assertThat(rest.gone()).containsExactly(3);
			assertThat(given.gone()).containsExactly(3);
			assertThat(this.store.lock(second, DeadLetterFilter.all(), 0, 100, 10).gone()).containsExactly(3);
		}
	}

	/** A control: what happens without the locks. */
	@Test
	void wouldRedriveTwiceIfItLookedWithoutLocking() throws SQLException {
		store("T");
		this.deliveries.giveUp("mail", 1);
		String copy = "INSERT INTO events (bucket, event_id, type, payload, consumer) "
				+ "SELECT bucket, event_id, type, payload, consumer FROM events_dead_letter WHERE id = 1";

		try (Connection first = database.transaction(); Connection second = database.transaction()) {
			OutboxDatabase.execute(first, copy);
			OutboxDatabase.execute(second, copy);
			for (Connection connection : List.of(first, second)) {
				OutboxDatabase.execute(connection, "DELETE FROM events_dead_letter WHERE id = 1");
				connection.commit();
			}
		}

		assertThat(this.deliveries.events()).hasSize(2);
	}

	@Test
	void locksFailingDeliveriesInOneOrderWhateverThatOfTheDeadLetters() throws Exception {
		store("T", "T", "T");
		for (int id : new int[] { 3, 2, 1 }) {
			this.deliveries.block("mail", id);
		}

		try (Connection obstacle = database.transaction(); Connection waiting = database.transaction()) {
			OutboxDatabase.execute(obstacle, "SELECT FROM events_retry WHERE id = 1 FOR UPDATE");
			DeadLetterStore.Batch batch = this.store.lock(waiting, DeadLetterFilter.all(), 0, 100, 10);
			Future<?> redriving = this.threads.submit(() -> {
				this.store.redrive(waiting, batch);
				return null;
			});
			await().until(() -> database.waiting() == 1);
			OutboxDatabase.execute(obstacle, "SELECT FROM events_retry WHERE id > 1 FOR UPDATE NOWAIT");
			obstacle.commit();
			redriving.get();
			waiting.commit();
		}

		assertThat(this.deliveries.failing()).hasSize(3).allMatch((delivery) -> delivery.endsWith("0 0 true"));
	}

	private DeadLetterStore.Batch redriveAll() throws SQLException {
		try (Connection connection = database.transaction()) {
			DeadLetterStore.readCommitted(connection);
			DeadLetterStore.Batch batch = this.store.lock(connection, DeadLetterFilter.all(), 0, 100, 100);
			this.store.redrive(connection, batch);
			connection.commit();
			return batch;
		}
	}

	private void redrive(long id) throws SQLException {
		try (Connection connection = database.transaction()) {
			this.store.redrive(connection, this.store.lock(connection, List.of(id)));
			connection.commit();
		}
	}

	private static List<UUID> eventIds(String table) {
		return database.jdbc().sql("SELECT event_id FROM " + table + " ORDER BY id").query(UUID.class).list();
	}

	private static void store(String... types) {
		for (String type : types) {
			database.store(OutboxDatabase.event(BUCKET, "key", type));
		}
	}

}
