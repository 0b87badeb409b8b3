package io.pyxbox.store;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class EventTableTests {

	private static final int POSTGRES_LIMIT = 63;

	@Test
	void derivesAllNamesFromThatOfTheEventsTable() {
		EventTable table = new EventTable("messaging", "outbox");

		assertThat(table.events()).isEqualTo("\"messaging\".\"outbox\"");
		assertThat(table.sequence()).isEqualTo("\"messaging\".\"outbox_id_seq\"");
		assertThat(table.retries()).isEqualTo("\"messaging\".\"outbox_retry\"");
		assertThat(table.deadLetters()).isEqualTo("\"messaging\".\"outbox_dead_letter\"");
		assertThat(table.historyName()).isEqualTo("outbox_history");
		assertThat(table).hasToString("messaging.outbox");
	}

	@Test
	void keepsTheCaseOfNamesAndQuotesKeyWords() {
		EventTable table = new EventTable("Order", "select");

		assertThat(table.events()).isEqualTo("\"Order\".\"select\"");
	}

	@ParameterizedTest
	@MethodSource("invalidNames")
	void refusesANameThatIsNotAPlainIdentifier(String name) {
		assertThatExceptionOfType(InvalidIdentifierException.class).isThrownBy(() -> new EventTable("public", name))
			.withMessageContaining("'pyxbox.table-name'");
		assertThatExceptionOfType(InvalidIdentifierException.class).isThrownBy(() -> new EventTable(name, "events"))
			.withMessageContaining("'pyxbox.schema-name'");
		assertThatExceptionOfType(InvalidIdentifierException.class)
			.isThrownBy(() -> EventTable.validateTableName(name));
		assertThatExceptionOfType(InvalidIdentifierException.class)
			.isThrownBy(() -> EventTable.validateSchemaName(name));
	}

	static Stream<String> invalidNames() {
		return Stream.of("", " ", "1events", "a-b", "a b", "a.b", "a\"b", "a'b", "a;DROP TABLE b", "events\n",
				"\nevents", "Ereignisse_für", "évents", "注文", "a\0b", "$a", "${a}", "a\u200B");
	}

	@ParameterizedTest
	@ValueSource(strings = { "_id_seq", "_retry", "_retry_pkey", "_dead_letter", "_dead_letter_id_seq",
			"_dead_letter_pkey", "_history", "_pkey", "_inbox_offset_pkey", "_inbox_age_idx" })
	void leavesRoomForTheLongestDerivedName(String suffix) {
		String longest = "e".repeat(44);

		new EventTable("public", longest);

		assertThat((longest + suffix).getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(POSTGRES_LIMIT);
	}

	@Test
	void refusesNamesThatPostgresWouldCutOff() {
		assertThatExceptionOfType(InvalidIdentifierException.class)
			.isThrownBy(() -> new EventTable("public", "e".repeat(45)))
			.satisfies((ex) -> assertThat(ex.getRule()).contains("1 to 44"));
		assertThatExceptionOfType(InvalidIdentifierException.class)
			.isThrownBy(() -> new EventTable("s".repeat(64), "events"))
			.satisfies((ex) -> assertThat(ex.getRule()).contains("1 to 63"));
		assertThat(new EventTable("s".repeat(63), "events").schema()).hasSize(63);
	}

}
