package io.pyxbox.scenario;

import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;

import io.pyxbox.EmitOptions;
import io.pyxbox.InvalidEventException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * An event that cannot be stored is refused by the call, not by the commit, and the
 * caller's transaction goes on as if nothing had been asked.
 */
class RefusedEventsTests extends EmitScenario {

	private static final String UNPAIRED_SURROGATE = "\uD800";

	RefusedEventsTests() {
		super(App.class, "pyxbox.outbox.max-payload-size=1KB", "pyxbox.poller.auto-startup=false");
	}

	static Stream<Arguments> refused() {
		EmitOptions none = EmitOptions.none();
		Shop.Ordered fine = new Shop.Ordered("fine");
		return Stream.of(Arguments.of("unserializable", new Unserializable("x"), none),
				Arguments.of("refers to itself", new Cycle(), none),
				Arguments.of("oversized", new Shop.Ordered("x".repeat(1024)), none),
				Arguments.of("oversized in bytes, not in characters", new Shop.Ordered("€".repeat(400)), none),
				Arguments.of("NUL in the payload", new Shop.Ordered("a\0b"), none),
				Arguments.of("NUL in the key", fine, none.withPartitionKey("a\0b")),
				Arguments.of("NUL in the topic", fine, none.withTopic("a\0b")),
				Arguments.of("NUL in a header's name", fine, none.withHeader("a\0b", "value")),
				Arguments.of("NUL in a header's value", fine, none.withHeader("name", "a\0b")),
				Arguments.of("unpaired surrogate in the payload", new Shop.Ordered(UNPAIRED_SURROGATE), none),
				Arguments.of("unpaired surrogate in the key", fine, none.withPartitionKey(UNPAIRED_SURROGATE)),
				Arguments.of("unpaired surrogate in the topic", fine, none.withTopic(UNPAIRED_SURROGATE)),
				Arguments.of("unpaired surrogate in a header", fine, none.withHeader("name", UNPAIRED_SURROGATE)),
				Arguments.of("a number beyond those of PostgreSQL", new Amount(new BigDecimal("1E+200000")), none));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("refused")
	void theCallRefusesAndTheTransactionGoesOn(String what, Object event, EmitOptions options) {
		this.application.inTransaction(() -> {
			this.shop.order("before");
			assertThatExceptionOfType(InvalidEventException.class)
				.isThrownBy(() -> this.application.outbox().emit(event, options))
				.satisfies((ex) -> assertThat(ex).message().isNotBlank());
			this.shop.order("after");
		});

		assertOrdersAndEvents("before", "after");
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("refused")
	void withoutATransactionTheCallRefusesAsWell(String what, Object event, EmitOptions options) {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> this.application.outbox().emit(event, options));

		assertOrdersAndEvents();
	}

	@Test
	void oneBadEventRefusesAllThatAreEmittedWithIt() {
		this.application.inTransaction(() -> {
			this.shop.order("before");
			assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> this.application.outbox()
				.emitAll(List.of(new Shop.Ordered("1"), new Unserializable("x"), new Shop.Ordered("2"))));
			this.shop.order("after");
		});

		assertOrdersAndEvents("before", "after");
	}

	@Test
	void theLargestPayloadIsStored() {
		int around = "{\"label\":\"\"}".length();

		assertThatCode(() -> this.shop.tell("x".repeat(1024 - around))).doesNotThrowAnyException();
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> this.shop.tell("x".repeat(1025 - around)))
			.withMessageContaining("pyxbox.outbox.max-payload-size");
	}

	@Test
	void whateverPostgresCanStoreIsStored() {
		String unusual = "\u0001 \u001f \\u0000 \\ \" ' $1 ? :x {} \u2028 \ud83d\ude00 \uffff";

		this.application.outbox()
			.emit(new Shop.Ordered(unusual),
					EmitOptions.none().withPartitionKey(unusual).withTopic(unusual).withHeader(unusual, unusual));

		assertThat(this.shop.told()).containsExactly(unusual);
		assertThat(this.tables.rows()).singleElement().satisfies((row) -> {
			assertThat(row.partitionKey()).isEqualTo(unusual);
			assertThat(row.topic()).isEqualTo(unusual);
		});
		assertThat(this.tables.jdbc()
			.sql("select count(*) from events where headers->>partition_key = topic")
			.query(Integer.class)
			.single()).isEqualTo(1);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

	record Amount(BigDecimal amount) {
	}

	record Unserializable(String label) {

		@SuppressWarnings("unused")
		public String getBroken() {
			throw new Mishap();
		}

	}

	static class Cycle {

		public Cycle getSelf() {
			return this;
		}

	}

}
