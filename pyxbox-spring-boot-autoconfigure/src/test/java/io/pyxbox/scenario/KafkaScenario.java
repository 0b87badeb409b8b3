package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.publish.kafka.KafkaBroker;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;

/**
 * An application that relays all its topics to Kafka, with a broker for each class of
 * tests and a topic for each test.
 */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class KafkaScenario extends Scenario {

	private static final AtomicInteger topics = new AtomicInteger();

	private static @Nullable KafkaBroker broker;

	final String topic = "orders-" + topics.incrementAndGet();

	KafkaScenario() {
		broker().createTopic(this.topic);
	}

	@BeforeAll
	static void startBroker() {
		broker = KafkaBroker.start();
	}

	@AfterAll
	static void stopBroker() {
		broker().close();
	}

	static KafkaBroker broker() {
		return Objects.requireNonNull(broker);
	}

	String[] kafka(String... properties) {
		return Stream
			.concat(Stream.of(TestApplication.WITH_KAFKA, "spring.kafka.bootstrap-servers=" + broker().servers(),
					"pyxbox.publish.routes[0].topic=*", "logging.level.org.apache.kafka=off"), Stream.of(properties))
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

	static List<Counted> received(String topic) {
		return broker().read(topic)
			.stream()
			.map((record) -> JsonMapper.shared().readValue(record.value(), Counted.class))
			.toList();
	}

	Set<String> arrivedIds() {
		Set<String> ids = new HashSet<>();
		broker().read(this.topic).forEach((record) -> ids.add(KafkaBroker.header(record, "ce_id")));
		return ids;
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Relay {

	}

}
