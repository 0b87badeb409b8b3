package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import com.rabbitmq.client.Delivery;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.publish.rabbit.RabbitBroker;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/**
 * An application that relays all its topics to RabbitMQ, and an exchange with a queue for
 * each test.
 */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class RabbitScenario extends Scenario {

	private static @Nullable RabbitBroker broker;

	final String topic = broker().newName();

	RabbitScenario() {
		broker().createExchangeWithQueue(this.topic);
	}

	@BeforeAll
	static void startBroker() {
		broker = RabbitBroker.get();
	}

	static RabbitBroker broker() {
		return Objects.requireNonNull(broker);
	}

	String[] rabbit(String... properties) {
		return Stream.concat(Stream.of(TestApplication.WITH_RABBIT, "spring.rabbitmq.port=" + broker().port(),
				"pyxbox.publish.routes[0].topic=*"), Stream.of(properties))
			.toArray(String[]::new);
	}

	List<EventId> emit(TestApplication application, String key, int from, int to) {
		List<EventId> ids = new ArrayList<>();
		EmitOptions options = EmitOptions.none().withTopic(this.topic);
		application.inTransaction(
				() -> counted(key, from, to).forEach((event) -> ids.add(application.outbox().emit(event, options))));
		return ids;
	}

	List<Counted> received() {
		return received(this.topic);
	}

	static List<Counted> received(String queue) {
		return counted(broker().read(queue));
	}

	static List<Counted> counted(List<Delivery> messages) {
		return messages.stream()
			.map((message) -> JsonMapper.shared().readValue(message.getBody(), Counted.class))
			.toList();
	}

	Set<String> arrivedIds() {
		Set<String> ids = new HashSet<>();
		broker().read(this.topic).forEach((message) -> ids.add(message.getProperties().getMessageId()));
		return ids;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Relay {

	}

}
