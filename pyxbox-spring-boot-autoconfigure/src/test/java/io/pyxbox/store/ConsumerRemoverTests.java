package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Subscription.Route;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConsumerRemoverTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final int BUCKET = 5;

	private static final ConsumerId MAIL = new ConsumerId("mail");

	private static final Map<ConsumerId, Subscription> NOBODY = Map.of();

	private final Deliveries deliveries = new Deliveries(database);

	private final ConsumerRemover remover = new ConsumerRemover(OutboxDatabase.EVENTS);

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
	void seesWhetherSomebodyIsDeliveringToTheConsumer() throws SQLException {
		try (Connection delivering = database.transaction(); Connection connection = database.transaction()) {
			OutboxDatabase.execute(delivering,
					"SELECT pg_try_advisory_xact_lock(" + Lane.of(OutboxDatabase.EVENTS, MAIL, 63).lockKey() + ")");

			assertThat(this.remover.lockLanes(connection, MAIL)).isFalse();
			assertThat(this.remover.lockLanes(connection, new ConsumerId("stock"))).isTrue();
			delivering.commit();
			assertThat(this.remover.lockLanes(connection, MAIL)).isTrue();
		}
	}

	@Test
	void removesTheRegistrationAndWhatFailsOrIsUnderWayButNotWhatIsBlocked() throws SQLException {
		store("T", "T");
		for (String consumer : List.of("mail", "stock")) {
			this.deliveries.register(consumer, "T");
			this.deliveries.register(consumer, "U", "orders");
			this.deliveries.fail(consumer, 1, "clock_timestamp()");
			this.deliveries.block(consumer, 2);
			database.execute("INSERT INTO events_in_flight (consumer, bucket, owner, last_id) VALUES ('" + consumer
					+ "', 1, gen_random_uuid(), 1)");
		}

		Subscription taken = deregister();

		assertThat(taken).isEqualTo(new Subscription(Set.of("T"), Set.of(new Route("U", "orders"))));
		assertThat(names("events_consumer")).containsExactly("stock", "stock");
		assertThat(names("events_in_flight")).containsExactly("stock");
		assertThat(this.deliveries.failing()).containsExactly("mail 2 3 1 blocked", "stock 1 3 1 true",
				"stock 2 3 1 blocked");
		assertThat(this.deliveries.letters()).hasSize(2);
	}

	@Test
	void leavesARevisionThatNobodyHasSeenBeforeWhateverIsRemoved() throws SQLException {
		this.deliveries.register("mail", "T");
		this.deliveries.register("stock", "T");

		deregister();

		assertThat(revisions()).containsExactly(3L);
		deregister();
		assertThat(revisions()).as("nothing has changed").containsExactly(3L);
	}

	@Test
	void waitsForWhoeverIsRegistering() throws Exception {
		this.deliveries.register("mail", "T");

		try (Connection registering = database.transaction()) {
			OutboxDatabase.execute(registering, "LOCK TABLE events_consumer IN SHARE ROW EXCLUSIVE MODE");
			OutboxDatabase.execute(registering, "INSERT INTO events_consumer (consumer, type) VALUES ('stock', 'T')");
			Future<Subscription> removing = this.threads.submit(this::deregister);
			await().until(() -> database.waiting() == 1);
			registering.commit();
			removing.get();
		}

		assertThat(names("events_consumer")).containsExactly("stock");
		assertThat(revisions()).containsExactly(3L);
	}

	@Test
	void leavesANewRevisionAlsoIfTwoAreRemovedInTheSameMoment() throws Exception {
		for (String consumer : List.of("mail", "stock", "audit")) {
			this.deliveries.register(consumer, "T");
		}

		try (Connection first = database.transaction()) {
			this.remover.deregister(first, new ConsumerId("stock"));
			Future<Subscription> second = this.threads.submit(this::deregister);
			await().until(() -> database.waiting() == 1);
			first.commit();
			second.get();
		}

		assertThat(names("events_consumer")).containsExactly("audit");
		assertThat(revisions()).containsExactly(5L);
	}

	@Test
	void deletesWhatSomebodyHasCompletedAndNobodyElseHasToTake() throws SQLException {
		store("T", "T", "T", "T", "T", "U");
		this.deliveries.register("stock", "T");
		this.deliveries.register("audit", "T", "orders");
		complete(1, "stock");
		complete(2, "other");
		complete(3, "stock");
		complete(4, "stock,mail");
		database.execute("UPDATE events SET topic = 'orders' WHERE id = 3");

		long[] deleted = deleteComplete(0, 10, NOBODY);

		assertThat(deleted).containsExactly(1);
		assertThat(this.deliveries.events()).containsExactly("2 {other}", "3 {stock}", "4 {mail,stock}", "5", "6");
	}

	@Test
	void keepsWhatAConsumerOfThisApplicationStillHasToTake() throws SQLException {
		store("T");
		this.deliveries.register("stock", "T");
		complete(1, "stock");

		deleteComplete(0, 10, Map.of(new ConsumerId("audit"), new Subscription(Set.of("T"), Set.of())));

		assertThat(this.deliveries.events()).containsExactly("1 {stock}");
	}

	@Test
	void keepsWhatWasRedrivenAndWhatNobodyHasCompleted() throws SQLException {
		store("T", "T", "T");
		complete(1, "stock");
		database.execute("UPDATE events SET consumer = 'mail' WHERE id = 1");
		database.execute("UPDATE events SET completed_by = '{}' WHERE id = 2");

		deleteComplete(0, 10, NOBODY);

		assertThat(this.deliveries.events()).containsExactly("1 {stock} mail", "2", "3");
	}

	@Test
	void deletesInTheOrderOfTheIdsAsManyAsItIsTold() throws SQLException {
		store("T", "T", "T", "T", "T");
		for (int id : new int[] { 5, 4, 2, 1 }) {
			complete(id, "stock");
		}

		long[] first = deleteComplete(0, 2, NOBODY);
		long[] second = deleteComplete(first[1], 2, NOBODY);

		assertThat(first).containsExactly(1, 2);
		assertThat(second).containsExactly(4, 5);
		assertThat(this.deliveries.events()).containsExactly("3");
	}

	@Test
	void deletesWhatTheLastConsumerIsAboutToDeleteOnlyOnce() throws Exception {
		store("T", "T");
		complete(1, "stock");
		complete(2, "stock");

		try (Connection other = database.transaction()) {
			OutboxDatabase.execute(other, "DELETE FROM events WHERE id = 1");
			Future<long[]> deleting = this.threads.submit(() -> deleteComplete(0, 10, NOBODY));
			await().until(() -> database.waiting() == 1);
			other.commit();

			assertThat(deleting.get()).containsExactly(2);
		}
	}

	@Test
	void countsWhatNobodyElseTakes() throws SQLException {
		store("T", "T", "T", "U", "U", "V", "T");
		this.deliveries.register("stock", "U");
		complete(2, "stock");
		database.execute("UPDATE events SET topic = 'orders' WHERE id IN (1, 7)");
		database.execute("UPDATE events SET consumer = 'mail' WHERE id = 6");
		database.execute("UPDATE events SET consumer = 'stock' WHERE id = 7");
		Subscription everything = new Subscription(Set.of("T", "U"), Set.of());

		assertThat(countLeft(everything, NOBODY)).as("1, 3 and 6").isEqualTo(3);
		assertThat(countLeft(new Subscription(Set.of(), Set.of(new Route("T", "orders"))), NOBODY)).as("1 and 6")
			.isEqualTo(2);
		assertThat(countLeft(topics("ord*"), NOBODY)).as("1 and 6").isEqualTo(2);
		assertThat(countLeft(topics("ord"), NOBODY)).as("6").isEqualTo(1);
		assertThat(countLeft(new Subscription(Set.of(), Set.of()), NOBODY)).as("6").isEqualTo(1);
		assertThat(countLeft(everything, Map.of(new ConsumerId("kafka"), topics("*")))).as("3 and 6").isEqualTo(2);
		assertThat(countLeft(everything, Map.of(new ConsumerId("new"), new Subscription(Set.of("T"), Set.of()))))
			.as("6")
			.isEqualTo(1);
	}

	@Test
	void keepsWhatAPublisherStillHasToTakeWhateverTheType() throws SQLException {
		store("T", "U", "T");
		database.execute("UPDATE events SET topic = 'orders_eu' WHERE id = 1");
		database.execute("UPDATE events SET topic = 'orders-eu' WHERE id = 2");
		for (int id = 1; id <= 3; id++) {
			complete(id, "stock");
		}
		this.deliveries.registerTopics("kafka", "orders\\_%");

		assertThat(deleteComplete(0, 10, NOBODY)).containsExactly(2, 3);
		assertThat(deleteComplete(0, 10, Map.of(new ConsumerId("own"), topics("orders*")))).isEmpty();
		database.execute("DELETE FROM events_consumer");
		assertThat(deleteComplete(0, 10, Map.of(new ConsumerId("own"), topics("orders*")))).isEmpty();
		assertThat(deleteComplete(0, 10, NOBODY)).containsExactly(1);
	}

	@Test
	void tellsWhichTopicsAPublisherWasRegisteredFor() throws SQLException {
		this.deliveries.registerTopics("mail", "orders\\_%");
		this.deliveries.register("mail", "T");

		assertThat(deregister())
			.isEqualTo(new Subscription(Set.of("T"), Set.of(), Set.of(new TopicPattern("orders_*"))));
	}

	private static Subscription topics(String pattern) {
		return Subscription.toTopics(Set.of(new TopicPattern(pattern)));
	}

	private Subscription deregister() throws SQLException {
		try (Connection connection = database.transaction()) {
			Subscription taken = this.remover.deregister(connection, MAIL);
			connection.commit();
			return taken;
		}
	}

	private long[] deleteComplete(long afterId, int limit, Map<ConsumerId, Subscription> declared) throws SQLException {
		try (Connection connection = database.transaction()) {
			long[] deleted = this.remover.deleteComplete(connection, MAIL, BUCKET, afterId, limit, declared);
			connection.commit();
			return deleted;
		}
	}

	private long countLeft(Subscription taken, Map<ConsumerId, Subscription> declared) throws SQLException {
		try (Connection connection = database.connection()) {
			return this.remover.countLeft(connection, MAIL, taken, declared);
		}
	}

	private static void complete(long id, String consumers) {
		database.execute("UPDATE events SET completed_by = '{%s}' WHERE id = %d".formatted(consumers, id));
	}

	private static List<String> names(String table) {
		return database.jdbc().sql("SELECT consumer FROM " + table).query(String.class).list();
	}

	private static List<Long> revisions() {
		return database.jdbc().sql("SELECT revision FROM events_consumer ORDER BY revision").query(Long.class).list();
	}

	private static void store(String... types) {
		for (String type : types) {
			database.store(OutboxDatabase.event(BUCKET, "key", type));
		}
	}

}
