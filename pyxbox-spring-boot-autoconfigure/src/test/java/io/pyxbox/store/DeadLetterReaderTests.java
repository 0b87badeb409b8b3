package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetter;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.EventId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class DeadLetterReaderTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final int BUCKET = 5;

	private static final DeadLetterFilter ALL = DeadLetterFilter.all();

	private final Deliveries deliveries = new Deliveries(database);

	private final DeadLetterReader reader = new DeadLetterReader(OutboxDatabase.EVENTS);

	@BeforeEach
	void emptyTables() {
		database.clear();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void readsTheWholeEventAndTheCause() throws SQLException {
		EventId id = new EventId(UUID.randomUUID());
		database.store(new NewEvent(BUCKET, id, "T", "orders", "key", "{\"a\": 1}", "{\"h\": \"1\", \"i\": \"ä\"}"));
		this.deliveries.giveUp("mail", 1);

		List<DeadLetter> letters = list(ALL);

		assertThat(letters).singleElement().satisfies((letter) -> {
			assertThat(letter).isEqualTo(new DeadLetter(1, new ConsumerId("mail"), id, "T", "orders", "key",
					"{\"a\": 1}", Map.of("h", "1", "i", "ä"), letter.createdAt(), 3, letter.firstFailedAt(),
					letter.lastFailedAt(), "io.pyxbox.Mishap", "a mishap", "at io.pyxbox", false, null, 1));
			assertThat(letter.createdAt()).isCloseTo(Instant.now(), within(Duration.ofMinutes(10)));
			assertThat(letter.lastFailedAt()).isCloseTo(Instant.now(), within(Duration.ofMinutes(10)));
			assertThat(Duration.between(letter.firstFailedAt(), letter.lastFailedAt())).isCloseTo(Duration.ofHours(1),
					Duration.ofMinutes(10));
		});
		assertThat(find(1)).isEqualTo(letters);
		assertThat(find(2)).isEmpty();
	}

	@Test
	void readsTheVersionAndTheCodecThatTheEventIsStoredIn() throws SQLException {
		database.store(new NewEvent(BUCKET, new EventId(UUID.randomUUID()), "T", null, null, "null", null, 7,
				new NewEvent.Encoded("gzip", new byte[] { 1 }), null));
		this.deliveries.giveUp("mail", 1);

		DeadLetter letter = list(ALL).get(0);

		assertThat(letter.version()).isEqualTo(7);
		assertThat(letter.codec()).isEqualTo("gzip");
		assertThat(letter.payload()).isEqualTo("null");
	}

	@Test
	void readsWhatIsNotThere() throws SQLException {
		store(1, "T", null);
		this.deliveries.giveUp("mail", 1);
		database.execute("UPDATE events_dead_letter SET error_message = NULL");

		DeadLetter letter = list(ALL).get(0);

		assertThat(letter.topic()).isNull();
		assertThat(letter.partitionKey()).isNull();
		assertThat(letter.headers()).isEmpty();
		assertThat(letter.errorMessage()).isNull();
	}

	@Test
	void readsHeadersThatTheListenerCouldNotAsFarAsTheyGo() throws SQLException {
		for (String headers : List.of("[1]", "\"x\"", "null", "{\"a\": {\"b\": 1}, \"c\": null, \"d\": \"e\"}")) {
			database.store(new NewEvent(BUCKET, new EventId(UUID.randomUUID()), "T", null, null, "{}", headers));
		}
		for (int id = 1; id <= 4; id++) {
			this.deliveries.giveUp("mail", id);
		}

		List<DeadLetter> letters = list(ALL);

		assertThat(letters).extracting(DeadLetter::headers)
			.containsExactly(Map.of(), Map.of(), Map.of(), Map.of("a", "{\"b\": 1}", "d", "e"));
	}

	@Test
	void findsThoseThatHaveEverythingThatIsSet() throws SQLException {
		store(1, "T", "a");
		store(1, "U", "a");
		store(1, "T", "b");
		store(1, "T", null);
		for (int id = 1; id <= 4; id++) {
			this.deliveries.giveUp((id < 4) ? "mail" : "stock", id);
		}

		assertThat(ids(ALL)).containsExactly(1L, 2L, 3L, 4L);
		assertThat(ids(ALL.withConsumer(new ConsumerId("mail")))).containsExactly(1L, 2L, 3L);
		assertThat(ids(ALL.withType("T"))).containsExactly(1L, 3L, 4L);
		assertThat(ids(ALL.withPartitionKey("a"))).containsExactly(1L, 2L);
		assertThat(ids(ALL.withType("T").withPartitionKey("a"))).containsExactly(1L);
		assertThat(ids(ALL.withType("T").withConsumer(new ConsumerId("stock")))).containsExactly(4L);
		assertThat(ids(ALL.withType("' OR true --"))).isEmpty();
	}

	@Test
	void findsThoseThatWereGivenUpFromOneTimeToBeforeAnother() throws SQLException {
		store(3, "T", "a");
		for (int id = 1; id <= 3; id++) {
			this.deliveries.giveUp("mail", id);
			database.execute("UPDATE events_dead_letter SET last_failed_at = '2030-01-0%d 12:00Z' WHERE id = %d"
				.formatted(id, id));
		}
		Instant second = Instant.parse("2030-01-02T12:00:00Z");

		assertThat(ids(ALL.withFailedFrom(second))).containsExactly(2L, 3L);
		assertThat(ids(ALL.withFailedBefore(second))).containsExactly(1L);
		assertThat(ids(ALL.withFailedFrom(second).withFailedBefore(second.plusNanos(1000)))).containsExactly(2L);
	}

	@Test
	void countsWhatItFinds() throws SQLException {
		store(3, "T", "a");
		store(2, "U", "a");
		for (int id = 1; id <= 5; id++) {
			this.deliveries.giveUp("mail", id);
		}

		try (Connection connection = database.connection()) {
			assertThat(this.reader.count(connection, ALL)).isEqualTo(5);
			assertThat(this.reader.count(connection, ALL.withType("U"))).isEqualTo(2);
			assertThat(this.reader.lastId(connection)).isEqualTo(5);
		}
	}

	@Test
	void readsPagesThatDoNotShiftWhileOthersComeAndGo() throws SQLException {
		store(6, "T", "a");
		for (int id = 1; id <= 5; id++) {
			this.deliveries.giveUp("mail", id);
		}
		List<DeadLetter> first;
		List<DeadLetter> second;

		try (Connection connection = database.connection()) {
			first = this.reader.list(connection, ALL, 0, 2);
			database.execute("DELETE FROM events_dead_letter WHERE id = 1");
			this.deliveries.giveUp("mail", 6);
			second = this.reader.list(connection, ALL, first.get(1).id(), 10);
		}

		assertThat(first).extracting(DeadLetter::id).containsExactly(1L, 2L);
		assertThat(second).extracting(DeadLetter::id).containsExactly(3L, 4L, 5L, 6L);
	}

	@Test
	void tellsWhichBlockTheirKey() throws SQLException {
		store(4, "T", "a");
		this.deliveries.giveUp("mail", 1);
		this.deliveries.giveUpShared("mail", 2);
		this.deliveries.block("mail", 3);
		this.deliveries.block("mail", 4);
		database.execute("UPDATE events_retry SET next_attempt_at = clock_timestamp() WHERE id = 4");

		assertThat(list(ALL)).extracting(DeadLetter::blocking).containsExactly(false, false, true, false);
	}

	@Test
	void isNotDeceivedByAnotherEventOfTheSameIdInATruncatedTable() throws SQLException {
		store(1, "T", "a");
		this.deliveries.giveUp("mail", 1);
		database.execute("TRUNCATE events, events_retry RESTART IDENTITY");
		store(1, "T", "a");
		this.deliveries.block("mail", 1);

		assertThat(list(ALL)).extracting(DeadLetter::blocking).containsExactly(false, true);
	}

	private List<DeadLetter> list(DeadLetterFilter filter) throws SQLException {
		try (Connection connection = database.connection()) {
			return this.reader.list(connection, filter, 0, 100);
		}
	}

	private List<Long> ids(DeadLetterFilter filter) throws SQLException {
		return list(filter).stream().map(DeadLetter::id).toList();
	}

	private List<DeadLetter> find(long id) throws SQLException {
		try (Connection connection = database.connection()) {
			return this.reader.find(connection, id);
		}
	}

	private static void store(int count, String type, String key) {
		for (int i = 0; i < count; i++) {
			database.store(OutboxDatabase.event(BUCKET, key, type));
		}
	}

}
