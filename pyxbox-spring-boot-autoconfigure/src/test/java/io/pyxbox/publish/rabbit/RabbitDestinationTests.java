package io.pyxbox.publish.rabbit;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutgoingEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

class RabbitDestinationTests {

	@ParameterizedTest
	@CsvSource({ "orders, orders, order-placed", "orders/, orders, ''", "orders/eu, orders, eu",
			"orders/a/b, orders, a/b", "/mails, '', mails", "orders/{type}, orders, order-placed",
			"orders/{topic}.{key}, orders, sales.42", "orders/{other}, orders, {other}" })
	void isAnExchangeAndARoutingKey(String destination, String exchange, String routingKey) {
		assertThat(RabbitDestination.of(event(destination))).isEqualTo(new RabbitDestination(exchange, routingKey));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "orders", "orders/", "/queue", "a b/ä.#", "orders/{type}{topic}.{key}", "orders/{", "{type}" })
	void whatCanBeThereIsLeftToTheBroker(String destination) {
		assertThatNoException().isThrownBy(() -> RabbitDestination.check(destination));
	}

	@ParameterizedTest
	@CsvSource({ "/, After the slash the name of a queue is missing",
			"orders/{tpye}, What {tpye} stands for is not known", "orders/{}, What {} stands for is not known" })
	void whatCannotBeThereIsRefused(String destination, String message) {
		assertThatIllegalArgumentException().isThrownBy(() -> RabbitDestination.check(destination))
			.withMessageStartingWith(message)
			.withMessageEndingWith("{type}, {topic} and {key} in it.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "%s", "%s/key", "orders/%s", "/%s" })
	void namesAreShort(String template) {
		assertThatNoException().isThrownBy(() -> RabbitDestination.check(template.formatted("ä".repeat(127))));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RabbitDestination.check(template.formatted("ä".repeat(128))))
			.withMessageContaining("up to 255 bytes");
	}

	@Test
	void saysWhatItIs() {
		assertThat(RabbitDestination.of(event("orders/eu"))).hasToString("exchange 'orders', routing key 'eu'");
		assertThat(RabbitDestination.of(event("/mails"))).hasToString("queue 'mails'");
	}

	private static OutgoingEvent event(String destination) {
		return new OutgoingEvent(new EventMetadata(new EventId(UUID.randomUUID()), "order-placed", "sales", "42",
				Map.of(), Instant.EPOCH, 1, new ConsumerId("rabbit")), destination, new byte[0]);
	}

}
