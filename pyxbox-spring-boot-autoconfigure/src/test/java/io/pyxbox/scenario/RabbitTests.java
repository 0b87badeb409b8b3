package io.pyxbox.scenario;

import java.time.Duration;

import com.rabbitmq.client.Delivery;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutboxListener;
import io.pyxbox.publish.rabbit.RabbitBroker;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.TopicExchange;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * The promises for events that leave for RabbitMQ, with a broker that is a real one.
 */
class RabbitTests extends RabbitScenario {

	@Test
	void anEventArrivesWithItsKeyItsHeadersAndItsPayloadAsItIsStored() {
		TestApplication application = start(Relay.class, rabbit("spring.application.name=order service"));

		EventId id = application.outbox()
			.emit(new Counted("Ä", 1), EmitOptions.none().withTopic(this.topic).withHeader("tenant", "blue"));

		await().until(() -> this.tables.events() == 0);
		assertThat(broker().read(this.topic)).singleElement().satisfies((message) -> {
			assertThat(new String(message.getBody(), UTF_8)).isEqualTo("{\"key\": \"Ä\", \"number\": 1}");
			assertThat(message.getEnvelope().getRoutingKey()).isEqualTo("counted");
			assertThat(message.getProperties().getMessageId()).isEqualTo(id.toString());
			assertThat(RabbitBroker.headers(message)).containsEntry("cloudEvents:id", id.toString())
				.containsEntry("cloudEvents:type", "counted")
				.containsEntry("cloudEvents:subject", "Ä")
				.containsEntry("cloudEvents:source", "order%20service")
				.containsEntry("tenant", "blue");
		});
	}

	@Test
	void inStructuredModeItIsADocument() {
		TestApplication application = start(Relay.class,
				rabbit("pyxbox.publish.format=structured", "pyxbox.publish.source=https://example.com/orders"));

		EventId id = emit(application, "a", 1, 1).get(0);

		await().until(() -> this.tables.events() == 0);
		Delivery message = broker().read(this.topic).get(0);
		JsonNode document = JsonMapper.shared().readTree(message.getBody());
		assertThat(document.path("id").asString()).isEqualTo(id.toString());
		assertThat(document.path("source").asString()).isEqualTo("https://example.com/orders");
		assertThat(document.path("data").path("number").asInt()).isOne();
		assertThat(message.getProperties().getContentType()).startsWith("application/cloudevents+json");
		assertThat(message.getProperties().getMessageId()).isEqualTo(id.toString());
	}

	@Test
	void exchangesAndQueuesThatTheApplicationDeclaresAreThereForTheFirstEvent() {
		TestApplication application = start(Declaring.class,
				rabbit("pyxbox.publish.routes[0].destination=declared/eu"));

		emit(application, "a", 1, 3);

		await().until(() -> this.tables.events() == 0);
		assertThat(received("declared")).containsExactlyElementsOf(counted("a", 1, 3));
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void fiftyThousandEventsArriveOnceEachInTheOrderOfTheirKeys() {
		TestApplication application = prepare(Relay.class, rabbit());
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
		TestApplication one = start(Relay.class, rabbit());
		start(Relay.class, rabbit());
		start(Relay.class, rabbit());

		for (int round = 0; round < 20; round++) {
			for (int key = 0; key < 20; key++) {
				emit(one, "key-" + key, round * 10 + 1, round * 10 + 10);
			}
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 20, 200)).isEmpty();
	}

	@Test
	void aLocalListenerAndRabbitGetTheSameEvents() {
		this.ledger.create();
		TestApplication application = start(WithListener.class, rabbit());

		emit(application, "a", 1, 50);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 1, 50)).isEmpty();
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 50));
	}

	@Test
	void withoutARouteRabbitIsNoConsumer() {
		TestApplication application = start(Relay.class, TestApplication.WITH_RABBIT, "spring.rabbitmq.port=1");

		assertThat(application.bean("rabbit", EventPublisher.class)).isNotNull();
		assertThat(this.tables.count("events_consumer")).isZero();
	}

	@Test
	void aDestinationThatCannotExistStopsTheStart() {
		assertThatException()
			.isThrownBy(() -> start(Relay.class, rabbit("pyxbox.publish.routes[0].destination=orders/{tpye}")))
			.withStackTraceContaining("What {tpye} stands for is not known");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(Relay.class)
	static class Declaring {

		@Bean
		Declarables declarables() {
			TopicExchange exchange = new TopicExchange("declared");
			Queue queue = new Queue("declared");
			Binding binding = BindingBuilder.bind(queue).to(exchange).with("eu");
			return new Declarables(exchange, queue, binding);
		}

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
