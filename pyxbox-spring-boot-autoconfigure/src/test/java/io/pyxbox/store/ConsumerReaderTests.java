package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.OutboxConsumer;
import io.pyxbox.OutboxConsumer.Kind;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConsumerReaderTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private final Deliveries deliveries = new Deliveries(database);

	private final ConsumerReader reader = new ConsumerReader(OutboxDatabase.EVENTS);

	@BeforeEach
	void emptyTables() {
		database.clear();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void findsNobodyWhereNothingIs() throws SQLException {
		assertThat(list(Map.of())).isEmpty();
	}

	@Test
	void findsEveryConsumerThatIsNamedAnywhere() throws SQLException {
		store("T", "T", "T", "T");
		this.deliveries.register("registered", "T");
		this.deliveries.fail("failing", 1, "clock_timestamp()");
		this.deliveries.giveUp("dead", 2);
		database.execute("UPDATE events SET completed_by = '{completed,also}' WHERE id = 3");
		database.execute("UPDATE events SET consumer = 'redriven' WHERE id = 4");

		List<OutboxConsumer> consumers = list(Map.of(new ConsumerId("declared"), taking("U")));

		assertThat(consumers).extracting((consumer) -> consumer.id().value())
			.containsExactly("also", "completed", "dead", "declared", "failing", "redriven", "registered");
		assertThat(consumers).filteredOn(OutboxConsumer::declared)
			.extracting((consumer) -> consumer.id().value())
			.containsExactly("declared");
	}

	@Test
	void tellsWhatAConsumerTakesHereAndElsewhereAndSinceWhen() throws SQLException {
		this.deliveries.register("mail", "T");
		this.deliveries.register("mail", "U", "orders");
		database
			.execute("UPDATE events_consumer SET first_seen_at = ('2030-01-0' || revision || ' 00:00Z')::timestamptz, "
					+ "last_seen_at = ('2030-02-0' || (3 - revision) || ' 00:00Z')::timestamptz");

		OutboxConsumer mail = list(Map.of(new ConsumerId("mail"),
				new Subscription(Set.of("T"), Set.of(new Subscription.Route("V", "orders")))))
			.get(0);

		assertThat(mail.takes()).containsExactlyInAnyOrder(new Kind("T", null), new Kind("U", "orders"),
				new Kind("V", "orders"));
		assertThat(mail.firstSeenAt()).isEqualTo(Instant.parse("2030-01-01T00:00:00Z"));
		assertThat(mail.lastSeenAt()).isEqualTo(Instant.parse("2030-02-02T00:00:00Z"));
	}

	@Test
	void tellsWhichTopicsAPublisherTakesAndSinceWhenTheyWait() throws SQLException {
		store("T", "U", "U");
		database.execute("UPDATE events SET created_at = ('2030-01-0' || id || ' 00:00Z')::timestamptz");
		database.execute("UPDATE events SET topic = 'orders' WHERE id = 3");
		this.deliveries.registerTopics("kafka", "order%");

		List<OutboxConsumer> consumers = list(
				Map.of(new ConsumerId("sqs"), Subscription.toTopics(Set.of(new TopicPattern("returns")))));

		assertThat(consumers)
			.extracting((consumer) -> consumer.id() + " " + consumer.takes() + " " + consumer.oldestWaitingAt())
			.containsExactly("kafka " + Set.of(new Kind(null, "order*")) + " 2030-01-03T00:00:00Z",
					"sqs " + Set.of(new Kind(null, "returns")) + " null");
	}

	@Test
	void knowsNothingOfTimesAndKindsWhereThereIsButAName() throws SQLException {
		store("T");
		this.deliveries.giveUp("mail", 1);

		assertThat(list(Map.of()))
			.containsExactly(new OutboxConsumer(new ConsumerId("mail"), Set.of(), false, null, null, 0, 0, 1, null));
	}

	@Test
	void countsWhatFailsWhatIsBlockedAndWhatWasGivenUp() throws SQLException {
		store("T", "T", "T", "T", "T", "T");
		this.deliveries.fail("mail", 1, "clock_timestamp() + interval '1 hour'");
		this.deliveries.fail("mail", 2, "clock_timestamp()");
		this.deliveries.block("mail", 3);
		this.deliveries.giveUp("mail", 4);
		this.deliveries.giveUp("mail", 5);
		this.deliveries.block("stock", 6);

		assertThat(list(Map.of()))
			.extracting((consumer) -> consumer.id() + " " + consumer.failing() + " " + consumer.blocked() + " "
					+ consumer.deadLetters())
			.containsExactly("mail 2 1 3", "stock 0 1 1");
	}

	@Test
	void tellsSinceWhenTheOldestEventWaitsForAConsumer() throws SQLException {
		store("T", "T", "U", "T");
		database.execute("UPDATE events SET created_at = ('2030-01-0' || id || ' 00:00Z')::timestamptz");
		database.execute("UPDATE events SET topic = 'orders' WHERE id = 2");
		database.execute("UPDATE events SET completed_by = '{mail}' WHERE id = 1");
		database.execute("UPDATE events SET consumer = 'mail' WHERE id = 4");
		this.deliveries.register("mail", "T");
		this.deliveries.register("stock", "T");
		this.deliveries.register("orders", "T", "orders");
		this.deliveries.register("returns", "T", "returns");

		assertThat(list(Map.of(new ConsumerId("audit"), taking("U"))))
			.extracting((consumer) -> consumer.id() + " " + consumer.oldestWaitingAt())
			.containsExactly("audit 2030-01-03T00:00:00Z", "mail 2030-01-02T00:00:00Z", "orders 2030-01-02T00:00:00Z",
					"returns null", "stock 2030-01-01T00:00:00Z");
	}

	@Test
	void looksAtTheOldestEventsOfEachBucketOnly() throws SQLException {
		database.execute("INSERT INTO events (bucket, event_id, type, payload, completed_by) "
				+ "SELECT 5, gen_random_uuid(), 'T', '{}', ARRAY['c' || i] FROM generate_series(1, 101) i");

		assertThat(list(Map.of())).hasSize(100).noneMatch((consumer) -> consumer.id().value().equals("c101"));
	}

	private List<OutboxConsumer> list(Map<ConsumerId, Subscription> declared) throws SQLException {
		try (Connection connection = database.connection()) {
			return this.reader.list(connection, declared);
		}
	}

	private static Subscription taking(String type) {
		return new Subscription(Set.of(type), Set.of());
	}

	private static void store(String... types) {
		for (String type : types) {
			database.store(OutboxDatabase.event(5, "key", type));
		}
	}

}
