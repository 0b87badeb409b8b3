package io.pyxbox.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import io.pyxbox.EventId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class EventAppenderTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private final EventAppender appender = new EventAppender(OutboxDatabase.EVENTS);

	@BeforeEach
	void emptyTables() {
		database.clear();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, EventAppender.WORTH_COPYING })
	void writesEverythingThatIsKnownOfAnEvent(int count) throws SQLException {
		List<NewEvent> events = IntStream.range(0, count)
			.mapToObj((i) -> new NewEvent(i % 64, new EventId(new UUID(7, i)), "OrderPlaced", "orders", "Kunde ä😀",
					"{\"text\": \"{a,\\\"b\\\",NULL}\"}", "{\"trace\": \"1\"}"))
			.toList();

		append(events);

		assertThat(rows()).hasSize(count).first().satisfies((row) -> {
			assertThat(row.bucket()).isZero();
			assertThat(row.eventId()).isEqualTo(new UUID(7, 0));
			assertThat(row.type()).isEqualTo("OrderPlaced");
			assertThat(row.topic()).isEqualTo("orders");
			assertThat(row.partitionKey()).isEqualTo("Kunde ä😀");
			assertThat(row.payload()).isEqualTo("{\"text\": \"{a,\\\"b\\\",NULL}\"}");
			assertThat(row.headers()).isEqualTo("{\"trace\": \"1\"}");
			assertThat(row.completedBy()).isNull();
		});
		assertThat(rows().get(count - 1).bucket()).isEqualTo((count - 1) % 64);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, EventAppender.WORTH_COPYING })
	void leavesOpenWhatAnEventDoesNotHave(int count) throws SQLException {
		List<NewEvent> events = IntStream.range(0, count).mapToObj((i) -> OutboxDatabase.event(i % 64, null)).toList();

		append(events);

		assertThat(rows()).hasSize(count).allSatisfy((row) -> {
			assertThat(row.topic()).isNull();
			assertThat(row.partitionKey()).isNull();
			assertThat(row.headers()).isNull();
		});
	}

	@ParameterizedTest
	@ValueSource(ints = { 3, EventAppender.WORTH_COPYING })
	void distinguishesNothingFromAnEmptyTextAndFromTheWordNull(int count) throws SQLException {
		List<NewEvent> events = new ArrayList<>(
				List.of(OutboxDatabase.event(0, null), OutboxDatabase.event(0, ""), OutboxDatabase.event(0, "NULL")));
		while (events.size() < count) {
			events.add(OutboxDatabase.event(0, "\\N"));
		}

		append(events);

		assertThat(rows()).extracting(Row::partitionKey)
			.containsExactlyElementsOf(events.stream().map(NewEvent::partitionKey).toList());
	}

	@ParameterizedTest
	@ValueSource(ints = { EventAppender.WORTH_COPYING - 1, 5_000 })
	void drawsIdsInTheOrderOfTheEvents(int count) throws SQLException {
		List<NewEvent> events = IntStream.range(0, count)
			.mapToObj((i) -> new NewEvent(63 - i % 64, new EventId(new UUID(-i, i)), "T", null, "k" + (i * 31 % 97),
					"{}", null))
			.toList();

		append(events);

		assertThat(rows()).extracting(Row::eventId)
			.containsExactlyElementsOf(events.stream().map((event) -> event.eventId().value()).toList());
	}

	@Test
	void writesNothingForNoEvents() throws SQLException {
		append(List.of());

		assertThat(rows()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, EventAppender.WORTH_COPYING })
	void writesAllOrNothing(int count) throws SQLException {
		List<NewEvent> events = events(count - 1);
		events.add(new NewEvent(0, new EventId(UUID.randomUUID()), "T", null, "b", "no JSON", null));

		try (Connection connection = database.connection()) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.appender.append(connection, events));
			assertThat(rows()).isEmpty();

			this.appender.append(connection, events.subList(0, count - 1));
		}
		assertThat(rows()).hasSize(count - 1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, EventAppender.WORTH_COPYING })
	void leavesItToTheTransactionWhetherTheEventsExist(int count) throws SQLException {
		try (Connection connection = database.transaction()) {
			this.appender.append(connection, events(count));

			assertThat(rows()).isEmpty();
			connection.rollback();
		}
		assertThat(rows()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(ints = { 2, EventAppender.WORTH_COPYING })
	void writesAsARoleThatIsSubjectToPolicies(int count) throws SQLException {
		try (Connection connection = database.transaction()) {
			try (Statement statement = connection.createStatement()) {
				statement.execute("CREATE ROLE tenant");
				statement.execute("GRANT SELECT, INSERT ON events TO tenant");
				statement.execute("CREATE POLICY everything ON events USING (true) WITH CHECK (true)");
				statement.execute("ALTER TABLE events ENABLE ROW LEVEL SECURITY");
				statement.execute("SET LOCAL ROLE tenant");
			}

			this.appender.append(connection, events(count));

			try (Statement statement = connection.createStatement();
					ResultSet row = statement.executeQuery("SELECT count(*) FROM events")) {
				row.next();
				assertThat(row.getInt(1)).isEqualTo(count);
			}
			connection.rollback();
		}
	}

	private static List<NewEvent> events(int count) {
		return new ArrayList<>(IntStream.range(0, count).mapToObj((i) -> OutboxDatabase.event(0, "k" + i)).toList());
	}

	private void append(List<NewEvent> events) throws SQLException {
		try (Connection connection = database.connection()) {
			this.appender.append(connection, events);
		}
	}

	private static List<Row> rows() {
		return database.jdbc().sql("SELECT * FROM events ORDER BY id").query(Row.class).list();
	}

	record Row(long id, int bucket, UUID eventId, String type, String topic, String partitionKey, String payload,
			String headers, String completedBy) {
	}

}
