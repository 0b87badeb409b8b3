package io.pyxbox.scenario;

import java.time.Duration;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutboxListener;
import io.pyxbox.publish.kafka.KafkaBroker;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promises for events that leave for Kafka, with a broker that is a real one.
 */
class KafkaTests extends KafkaScenario {

	@Test
	void anEventArrivesWithItsKeyItsHeadersAndItsPayloadAsItIsStored() {
		TestApplication application = start(Relay.class, kafka("spring.application.name=order service"));

		EventId id = application.outbox()
			.emit(new Counted("Ä", 1), EmitOptions.none().withTopic(this.topic).withHeader("tenant", "blue"));

		await().until(() -> this.tables.events() == 0);
		assertThat(broker().read(this.topic)).singleElement().satisfies((record) -> {
			assertThat(new String(record.key(), UTF_8)).isEqualTo("Ä");
			assertThat(new String(record.value(), UTF_8)).isEqualTo("{\"key\": \"Ä\", \"number\": 1}");
			assertThat(KafkaBroker.header(record, "ce_id")).isEqualTo(id.toString());
			assertThat(KafkaBroker.header(record, "ce_type")).isEqualTo("counted");
			assertThat(KafkaBroker.header(record, "ce_source")).isEqualTo("order%20service");
			assertThat(KafkaBroker.header(record, "tenant")).isEqualTo("blue");
		});
	}

	@Test
	void inStructuredModeItIsADocument() {
		TestApplication application = start(Relay.class,
				kafka("pyxbox.publish.format=structured", "pyxbox.publish.source=https://example.com/orders"));

		EventId id = emit(application, "a", 1, 1).get(0);

		await().until(() -> this.tables.events() == 0);
		ConsumerRecord<byte[], byte[]> record = broker().read(this.topic).get(0);
		JsonNode document = JsonMapper.shared().readTree(record.value());
		assertThat(document.path("id").asString()).isEqualTo(id.toString());
		assertThat(document.path("source").asString()).isEqualTo("https://example.com/orders");
		assertThat(document.path("data").path("number").asInt()).isOne();
		assertThat(KafkaBroker.header(record, "content-type")).startsWith("application/cloudevents+json");
	}

	@Test
	void fiftyThousandEventsArriveOnceEachInTheOrderOfTheirKeys() {
		TestApplication application = prepare(Relay.class, kafka());
		for (int key = 0; key < 100; key++) {
			emit(application, "key-" + key, 1, 500);
		}

		application.start();

		await().atMost(Duration.ofSeconds(120)).until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 100, 500)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void severalInstancesUnderLoadKeepTheOrderOfEachKey() {
		TestApplication one = start(Relay.class, kafka());
		start(Relay.class, kafka());
		start(Relay.class, kafka());

		for (int round = 0; round < 20; round++) {
			for (int key = 0; key < 20; key++) {
				emit(one, "key-" + key, round * 10 + 1, round * 10 + 10);
			}
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 20, 200)).isEmpty();
	}

	@Test
	void aLocalListenerAndKafkaGetTheSameEvents() {
		this.ledger.create();
		TestApplication application = start(WithListener.class, kafka());

		emit(application, "a", 1, 50);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 1, 50)).isEmpty();
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 50));
	}

	@Test
	void withoutARouteKafkaIsNoConsumer() {
		TestApplication application = start(Relay.class, TestApplication.WITH_KAFKA,
				"spring.kafka.bootstrap-servers=localhost:1");

		assertThat(application.bean("kafka", EventPublisher.class)).isNotNull();
		assertThat(this.tables.count("events_consumer")).isZero();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class WithListener {

		@Bean
		Writer writer(Ledger ledger) {
			return new Writer(ledger);
		}

	}

	record Writer(Ledger ledger) {

		@OutboxListener(consumer = "writer")
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

}
