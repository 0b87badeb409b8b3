package io.pyxbox.evolution;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.pyxbox.InboxMessage;
import io.pyxbox.MessageId;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.scenario.TestApplication;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What shapes events may have, and what becomes of them when the class has changed since.
 */
class ShapesTests extends EvolutionScenario {

	private static final String UNKNOWN_CONSTANTS_AS_DEFAULT = "spring.jackson.datatype.enum."
			+ "read-unknown-enum-values-using-default-value=true";

	@Test
	void allShapesComeBackAsTheyWere() {
		TestApplication application = start(App.class);
		List<Object> events = List.of(
				new Times(Instant.parse("2024-02-29T12:00:00.123456789Z"), LocalDate.of(2024, 2, 29),
						LocalDateTime.of(2024, 2, 29, 23, 59, 59, 1), OffsetDateTime.parse("2024-02-29T12:00:00Z"),
						ZonedDateTime.of(2024, 2, 29, 12, 0, 0, 0, ZoneOffset.UTC), Duration.ofMillis(1500),
						Period.ofDays(3), YearMonth.of(2024, 2)),
				new Nested(List.of(new Line("a", new BigDecimal("1.50")), new Line("b", BigDecimal.TEN)),
						Map.of("x", Optional.of(1)), null),
				new Renewed(new Renewal.ByCard("1234")), new Renewed(new Renewal.ByInvoice(30)), new Opened("a"),
				new Closed("b", 1), new PriceChanged(new BigDecimal("1.10"), new BigDecimal("2.20")),
				new Customer("Ada", null), Level.HIGH);

		application.outbox().emitAll(events);

		await().until(() -> application.bean(Listener.class).received().size() == events.size());
		assertThat(application.bean(Listener.class).received()).containsExactlyInAnyOrderElementsOf(events);
	}

	@Test
	void anEventThatIsGenericItselfHasContentWithoutAClass() {
		TestApplication application = start(App.class);

		application.outbox().emit(new Changed<>(new Line("a", BigDecimal.ONE), new Line("b", BigDecimal.TEN)));

		await().until(() -> application.bean(Listener.class).received().size() == 1);
		Changed<?> received = (Changed<?>) application.bean(Listener.class).received().get(0);
		assertThat(received.before()).isInstanceOf(Map.class);
	}

	@Test
	void propertiesThatAreUnknownAreIgnored() {
		TestApplication application = start(App.class);

		store(application, "Line", "{\"product\": \"a\", \"price\": 1, \"added\": {\"later\": []}}");

		await().until(() -> application.bean(Listener.class).received().size() == 1);
		assertThat(application.bean(Listener.class).received()).containsExactly(new Line("a", BigDecimal.ONE));
	}

	@Test
	void propertiesThatAreMissingAreNull() {
		TestApplication application = start(App.class);

		store(application, "Line", "{\"product\": \"a\"}");

		await().until(() -> application.bean(Listener.class).received().size() == 1);
		assertThat(application.bean(Listener.class).received()).containsExactly(new Line("a", null));
	}

	@Test
	void aPrimitiveThatIsMissingMakesADeadLetter() {
		TestApplication application = start(App.class);

		store(application, "Closed", "{\"name\": \"a\"}");

		await().until(() -> this.tables.count("events_dead_letter") == 1);
		assertThat(error()).contains("cannot be read as " + Closed.class.getName()).contains("reason");
	}

	@Test
	void anEnumThatHasGrownMakesADeadLetterThatSaysWhy() {
		TestApplication application = start(App.class);
		store(application, "Graded", "{\"level\": \"EXTREME\"}");

		store(application, "Graded", "{\"level\": \"HIGH\"}");

		await().until(() -> application.bean(Listener.class).received().size() == 1);
		await().until(() -> this.tables.count("events_dead_letter") == 1);
		assertThat(error()).contains("cannot be read as " + Graded.class.getName()).contains("EXTREME").contains("LOW");
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void anEnumThatHasGrownIsReadByADefaultIfTheMapperIsToldSo() {
		TestApplication application = start(App.class, UNKNOWN_CONSTANTS_AS_DEFAULT);

		store(application, "Graded", "{\"level\": \"EXTREME\"}");

		await().until(() -> application.bean(Listener.class).received().size() == 1);
		assertThat(application.bean(Listener.class).received()).containsExactly(new Graded(Level.UNKNOWN));
	}

	private String error() {
		return this.tables.jdbc().sql("select error_message from events_dead_letter").query(String.class).single();
	}

	private static void store(TestApplication application, String type, String payload) {
		application.bean(TransactionalInbox.class).store(InboxMessage.of(MessageId.of(type + payload), type, payload));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Listener listener() {
			return new Listener(Collections.synchronizedList(new ArrayList<>()));
		}

	}

	record Listener(List<Object> received) {

		@OutboxListener(types = { Times.class, Nested.class, Renewed.class, Account.class, PriceChanged.class,
				Customer.class, Level.class, Changed.class, Line.class, Graded.class })
		void on(Object event) {
			this.received.add(event);
		}

	}

	record Times(Instant instant, LocalDate date, LocalDateTime dateTime, OffsetDateTime offset, ZonedDateTime zoned,
			Duration duration, Period period, YearMonth month) {
	}

	record Line(String product, @Nullable BigDecimal price) {
	}

	record Nested(List<Line> lines, Map<String, Optional<Integer>> numbers, @Nullable String nothing) {
	}

	/** Inside an event, the class has to be in the JSON. */
	@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME)
	sealed interface Renewal {

		record ByCard(String number) implements Renewal {
		}

		record ByInvoice(int days) implements Renewal {
		}

	}

	record Renewed(Renewal by) {
	}

	/** As events, each has a type of its own. */
	sealed interface Account {

		String name();

	}

	@OutboxEvent(partitionKey = "name")
	record Opened(String name) implements Account {
	}

	@OutboxEvent(partitionKey = "name")
	record Closed(String name, int reason) implements Account {
	}

	static class Changed<T> {

		private final T before;

		private final T after;

		@JsonCreator
		Changed(@JsonProperty("before") T before, @JsonProperty("after") T after) {
			this.before = before;
			this.after = after;
		}

		@JsonProperty
		T before() {
			return this.before;
		}

		@JsonProperty
		T after() {
			return this.after;
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof Changed<?> changed && getClass() == other.getClass()
					&& this.before.equals(changed.before) && this.after.equals(changed.after);
		}

		@Override
		public int hashCode() {
			return Objects.hash(this.before, this.after);
		}

	}

	/** Says what the parameters are. */
	static class PriceChanged extends Changed<BigDecimal> {

		@JsonCreator
		PriceChanged(@JsonProperty("before") BigDecimal before, @JsonProperty("after") BigDecimal after) {
			super(before, after);
		}

	}

	/** As a Kotlin data class looks to Java: bound by its only constructor. */
	static final class Customer {

		private final String name;

		private final @Nullable String email;

		public Customer(String name, @Nullable String email) {
			this.name = name;
			this.email = email;
		}

		public String getName() {
			return this.name;
		}

		public @Nullable String getEmail() {
			return this.email;
		}

		@Override
		public boolean equals(Object other) {
			return other instanceof Customer customer && this.name.equals(customer.name)
					&& Objects.equals(this.email, customer.email);
		}

		@Override
		public int hashCode() {
			return Objects.hash(this.name, this.email);
		}

	}

	enum Level {

		LOW, HIGH, @JsonEnumDefaultValue
		UNKNOWN

	}

	record Graded(Level level) {
	}

}
