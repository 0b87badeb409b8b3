package io.pyxbox.codec;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxEvent;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * How old rows become the classes of today.
 */
class EventUpcastersTests {

	private final EventCodec codec = new EventCodec(new JsonMapper(), 1000);

	@Test
	void liftsARowStepByStep() {
		EventTypes types = types(fromFirst(), fromSecond());
		types.register(Paid.class);

		assertThat(decode(types, "paid", 1, "{\"cents\": 150}")).isEqualTo(new Paid(new BigDecimal("1.50"), "EUR"));
		assertThat(decode(types, "paid", 2, "{\"amount\": 2}")).isEqualTo(new Paid(new BigDecimal("2"), "EUR"));
		assertThat(decode(types, "paid", 3, "{\"amount\": 3, \"currency\": \"CHF\"}"))
			.isEqualTo(new Paid(new BigDecimal("3"), "CHF"));
	}

	@Test
	void keepsNumbersAsTheyAreStored() {
		EventTypes types = types(fromFirst(), fromSecond());
		types.register(Paid.class);

		Object lifted = decode(types, "paid", 2, "{\"amount\": 12345678901234567890.1200}");

		assertThat(lifted).isEqualTo(new Paid(new BigDecimal("12345678901234567890.1200"), "EUR"));
	}

	@Test
	void readsRowsOfOtherNames() {
		EventTypes types = types(fromFirst(), fromSecond());
		types.register(Paid.class);

		assertThat(decode(types, "settled", 3, "{\"amount\": 3}")).isEqualTo(new Paid(new BigDecimal("3"), null));
		assertThat(decode(types, "settled", 1, "{\"cents\": 100}")).isEqualTo(new Paid(new BigDecimal("1.00"), "EUR"));
		assertThat(types.names(types.register(Paid.class))).isEqualTo(Set.of("paid", "settled"));
	}

	@Test
	void followsARename() {
		EventTypes types = types(EventUpcaster.of("payed", 1, (payment) -> payment.put("amount", 1)),
				EventUpcaster.renaming("payed", 2, "paid", (payment) -> payment.put("currency", "USD")));
		EventType type = types.register(Paid.class);

		assertThat(decode(types, "payed", 1, "{}")).isEqualTo(new Paid(BigDecimal.ONE, "USD"));
		assertThat(types.names(type)).isEqualTo(Set.of("paid", "settled", "payed"));
		assertThat(types.knownVersions(List.of(type))).isEqualTo(Map.of("paid", 3, "settled", 3, "payed", 2));
		types.requireReadable(type);
	}

	@Test
	void aChainMayBeginLaterThanWithTheFirstVersion() {
		EventTypes types = types(fromSecond());
		EventType type = types.register(Paid.class);

		types.requireReadable(type);
		assertThatIllegalArgumentException().isThrownBy(() -> decode(types, "paid", 1, "{}"))
			.withMessageContaining("no EventUpcaster lifts events from version 1")
			.withMessageContaining(Paid.class.getName());
	}

	@Test
	void aChainMustReachTheVersionOfTheClass() {
		EventTypes types = types(fromFirst());
		EventType type = types.register(Paid.class);

		assertThatIllegalArgumentException().isThrownBy(() -> types.requireReadable(type))
			.withMessageContaining(Paid.class.getName())
			.withMessageContaining("no EventUpcaster lifts events from version 2");
	}

	@Test
	void aChainMustHaveNoGaps() {
		EventTypes types = types(EventUpcaster.of("long", 1, (event) -> {
		}), EventUpcaster.of("long", 3, (event) -> {
		}));
		EventType type = types.register(LongLived.class);

		assertThatIllegalArgumentException().isThrownBy(() -> types.requireReadable(type))
			.withMessageContaining("no EventUpcaster lifts events from version 2")
			.withMessageContaining("'up0'");
	}

	@Test
	void aChainMustNotLeadBeyondTheClass() {
		EventTypes types = types(EventUpcaster.of("paid", 3, (event) -> {
		}));

		assertThatIllegalArgumentException().isThrownBy(() -> types.register(Paid.class))
			.withMessageContaining("'up0'")
			.withMessageContaining("version = 4");
	}

	@Test
	void refusesTwoForOneStepAndNamesBoth() {
		assertThatIllegalArgumentException().isThrownBy(() -> types(fromFirst(), fromSecond(), fromFirst()))
			.withMessageContaining("'up0'")
			.withMessageContaining("'up2'")
			.withMessageContaining("version 1 of type 'paid'");
	}

	@Test
	void refusesTwoNewNames() {
		assertThatIllegalArgumentException().isThrownBy(() -> types(rename("a", 1, "b"), rename("a", 2, "c")))
			.withMessageContaining("'up0'")
			.withMessageContaining("'up1'");
	}

	@Test
	void refusesNamesThatGoRoundInACircle() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> types(rename("a", 1, "b"), rename("b", 2, "c"), rename("c", 3, "a")))
			.withMessageContaining("'up0'")
			.withMessageContaining("'up1'")
			.withMessageContaining("'up2'");
	}

	@Test
	void refusesAVersionThatThereIsNot() {
		assertThatIllegalArgumentException().isThrownBy(() -> types(rename("a", 0, "b")))
			.withMessageContaining("'up0'");
		assertThatIllegalArgumentException().isThrownBy(() -> types().register(NoVersion.class))
			.withMessageContaining(NoVersion.class.getName());
	}

	@Test
	void namesTheOneThatFails() {
		EventTypes types = types(EventUpcaster.of("paid", 2, (event) -> {
			throw new IllegalStateException("a mishap");
		}));
		types.register(Paid.class);

		assertThatIllegalArgumentException().isThrownBy(() -> decode(types, "paid", 2, "{}"))
			.withMessage("The EventUpcaster 'up0' failed: a mishap");
		assertThatIllegalArgumentException().isThrownBy(() -> decode(types, "paid", 2, "[]"))
			.withMessageContaining("no JSON object");
	}

	@Test
	void refusesAnAliasThatIsTheNameOfAnotherClassAndNamesBoth() {
		EventTypes types = types();
		types.register(Settled.class);

		assertThatIllegalArgumentException().isThrownBy(() -> types.register(Paid.class))
			.withMessageContaining(Paid.class.getName())
			.withMessageContaining(Settled.class.getName())
			.withMessageContaining("'settled'");
		assertThat(types.find("paid")).isNull();
	}

	@Test
	void refusesAnOldNameThatIsTheNameOfAnotherClass() {
		EventTypes types = types(rename("settled", 1, "paid"), fromSecond());
		types.register(Paid.class);

		assertThatIllegalArgumentException().isThrownBy(() -> types.register(Settled.class))
			.withMessageContaining("'settled'");
	}

	private static EventUpcaster fromFirst() {
		return EventUpcaster.of("paid", 1,
				(payment) -> payment.put("amount", BigDecimal.valueOf(payment.remove("cents").asInt(), 2)));
	}

	private static EventUpcaster fromSecond() {
		return EventUpcaster.of("paid", 2, (payment) -> payment.put("currency", "EUR"));
	}

	private static EventUpcaster rename(String type, int from, String toType) {
		return EventUpcaster.renaming(type, from, toType, (event) -> {
		});
	}

	private static EventTypes types(EventUpcaster... upcasters) {
		Map<String, EventUpcaster> byName = new LinkedHashMap<>();
		for (EventUpcaster upcaster : upcasters) {
			byName.put("up" + byName.size(), upcaster);
		}
		return new EventTypes((text) -> text, byName);
	}

	private Object decode(EventTypes types, String name, int version, String json) {
		return this.codec.decode(json.getBytes(StandardCharsets.UTF_8), types, name, version);
	}

	@OutboxEvent(type = "paid", version = 3, aliases = "settled")
	record Paid(BigDecimal amount, String currency) {
	}

	@OutboxEvent(type = "settled")
	record Settled() {
	}

	@OutboxEvent(type = "long", version = 4)
	record LongLived() {
	}

	@OutboxEvent(type = "none", version = 0)
	record NoVersion() {
	}

}
