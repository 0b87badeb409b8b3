package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import com.rabbitmq.client.Delivery;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.rabbit.RabbitBroker;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.amqp.core.Binding;
import org.springframework.amqp.core.BindingBuilder;
import org.springframework.amqp.core.Declarables;
import org.springframework.amqp.core.Queue;
import org.springframework.amqp.core.TopicExchange;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * The promises for events that leave for RabbitMQ, with a broker that is a real one.
 */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RabbitTests extends Scenario {

	private static RabbitBroker broker;

	private final String topic = broker.newName();

	RabbitTests() {
		broker.createExchangeWithQueue(this.topic);
	}

	@BeforeAll
	static void startBroker() {
		broker = RabbitBroker.get();
	}

	@Test
	void anEventArrivesWithItsKeyItsHeadersAndItsPayloadAsItIsStored() {
		TestApplication application = start(App.class, rabbit("spring.application.name=order service"));

		EventId id = application.outbox()
			.emit(new Counted("Ä", 1), EmitOptions.none().withTopic(this.topic).withHeader("tenant", "blue"));

		await().until(() -> this.tables.events() == 0);
		assertThat(broker.read(this.topic)).singleElement().satisfies((message) -> {
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
		TestApplication application = start(App.class,
				rabbit("pyxbox.publish.format=structured", "pyxbox.publish.source=https://example.com/orders"));

		EventId id = emit(application, "a", 1, 1).get(0);

		await().until(() -> this.tables.events() == 0);
		Delivery message = broker.read(this.topic).get(0);
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
		TestApplication application = prepare(App.class, rabbit());
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
		TestApplication one = start(App.class, rabbit());
		start(App.class, rabbit());
		start(App.class, rabbit());

		for (int round = 0; round < 20; round++) {
			for (int key = 0; key < 20; key++) {
				emit(one, "key-" + key, round * 10 + 1, round * 10 + 10);
			}
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 20, 200)).isEmpty();
	}

	@Test
	void aBrokerThatIsDownForAWhileLosesNothingBurnsNoAttemptAndKeepsTheOrder() throws Exception {
		TestApplication application = start(App.class, rabbit("pyxbox.retry.max-attempts=1",
				"pyxbox.circuit-breaker.initial-interval=200ms", "pyxbox.circuit-breaker.max-interval=200ms"));
		List<EventId> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 100));
		}
		await().until(() -> this.tables.events() < 1_900);
		broker.kill();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 101, 200));
		}
		await().during(Duration.ofSeconds(3)).until(() -> this.tables.events() >= 2_000);

		broker.startAgain();

		await().atMost(Duration.ofSeconds(90)).until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(received()), 20, 200)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
		assertThat(arrivedIds()).containsExactlyInAnyOrderElementsOf(ids.stream().map(EventId::toString).toList());
	}

	@Test
	void whatNoQueueTakesIsTriedAgainAndThenADeadLetterWithTheReason() {
		TestApplication application = start(App.class, rabbit("pyxbox.retry.max-attempts=3"));
		broker.createExchange("nowhere");
		application.outbox().emit(new Counted("a", 1), EmitOptions.none().withTopic("nowhere"));

		emit(application, "a", 2, 100);

		await().until(() -> this.tables.events() == 0);
		assertThat(received()).containsExactlyElementsOf(counted("a", 2, 100));
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.consumer() + " " + dead.number() + " " + dead.attempts()).isEqualTo("rabbit 1 3");
			assertThat(dead.errorMessage())
				.isEqualTo("No queue takes it (312 NO_ROUTE): exchange 'nowhere', routing key 'counted'");
		});
	}

	@Test
	void aQueueThatIsBoundLaterGetsWhatHasWaited() {
		TestApplication application = start(App.class, rabbit("pyxbox.retry.max-attempts=1000"));
		String late = "late-" + this.topic;
		broker.createExchange(late);
		application.inTransaction(() -> counted("a", 1, 50)
			.forEach((event) -> application.outbox().emit(event, EmitOptions.none().withTopic(late))));
		await().until(() -> this.tables.retries() == 1);

		broker.createQueue(late, Map.of());
		broker.bind(late, late);

		await().until(() -> this.tables.events() == 0);
		assertThat(received(late)).containsExactlyElementsOf(counted("a", 1, 50));
	}

	@Test
	void anExchangeThatDoesNotExistFailsItsEventsAndNobodyElses() {
		TestApplication application = start(App.class, rabbit("pyxbox.retry.max-attempts=2"));
		application.outbox().emit(new Counted("lost", 1), EmitOptions.none().withTopic("absent"));

		emit(application, "a", 1, 100);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(received()), 1, 100)).isEmpty();
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.topic() + " " + dead.attempts() + " " + dead.errorMessage())
				.startsWith("absent 2 RabbitMQ refuses it (404 NOT_FOUND - no exchange 'absent'"));
	}

	@Test
	void whatAFullQueueRefusesComesAgainInOrderWhenThereIsRoom() throws Exception {
		String narrow = "narrow-" + this.topic;
		broker.createQueue(narrow, Map.of("x-max-length", 3, "x-overflow", "reject-publish"));
		broker.bind(narrow, this.topic);
		TestApplication application = prepare(App.class, rabbit("pyxbox.retry.max-attempts=100000"));
		for (int key = 0; key < 5; key++) {
			emit(application, "key-" + key, 1, 40);
		}

		application.start();
		await().until(() -> this.tables.retries() == 5);
		try (RabbitBroker.Subscriber subscriber = broker.subscribe(narrow)) {
			await().until(() -> this.tables.events() == 0 && counted(subscriber.received()).containsAll(received()));
			assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(counted(subscriber.received())), 5, 40))
				.isEmpty();
		}
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void aMessageThatIsTooLargeIsADeadLetterWithTheReasonAndItsKeyGoesOn() {
		TestApplication application = start(App.class, rabbit("pyxbox.outbox.max-payload-size=10MB"));

		emit(application, "a", 1, 3);
		application.outbox().emit(new Large("a", "x".repeat(3_000_000)), EmitOptions.none().withTopic(this.topic));
		emit(application, "a", 4, 6);

		await().until(() -> this.tables.events() == 0);
		assertThat(received()).containsExactlyElementsOf(counted("a", 1, 6));
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.consumer() + " " + dead.type() + " " + dead.attempts()).isEqualTo("rabbit large-message 1");
			assertThat(dead.errorMessage()).startsWith("RabbitMQ refuses it (406 PRECONDITION_FAILED - message size");
		});
	}

	@Test
	void aProcessThatDiesBetweenTheAckAndTheDeletionRepeatsUnderTheSameIdAndKeepsTheOrder() throws Exception {
		TestApplication application = prepare(App.class, rabbit());
		List<EventId> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 50));
		}
		ChildJvm child = startChild(Deadly.class, rabbit());
		await().atMost(Duration.ofSeconds(60)).until(child::hasDied);
		int before = this.tables.events();
		int arrived = broker.read(this.topic).size();

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(arrived).as("acked, and not deleted").isGreaterThan(1_000 - before);
		assertThat(broker.read(this.topic)).as("repeated").hasSizeGreaterThan(1_000);
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(received()), 20, 50)).isEmpty();
		assertThat(arrivedIds()).containsExactlyInAnyOrderElementsOf(ids.stream().map(EventId::toString).toList());
		assertThat(this.tables.deadLetters()).isEmpty();
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
		TestApplication application = start(App.class, TestApplication.WITH_RABBIT, "spring.rabbitmq.port=1");

		assertThat(application.bean("rabbit", EventPublisher.class)).isNotNull();
		assertThat(this.tables.count("events_consumer")).isZero();
	}

	@Test
	void aDestinationThatCannotExistStopsTheStart() {
		assertThatException()
			.isThrownBy(() -> start(App.class, rabbit("pyxbox.publish.routes[0].destination=orders/{tpye}")))
			.withStackTraceContaining("What {tpye} stands for is not known");
	}

	private String[] rabbit(String... properties) {
		return Stream.concat(Stream.of(TestApplication.WITH_RABBIT, "spring.rabbitmq.port=" + broker.port(),
				"pyxbox.publish.routes[0].topic=*"), Stream.of(properties))
			.toArray(String[]::new);
	}

	private List<EventId> emit(TestApplication application, String key, int from, int to) {
		List<EventId> ids = new ArrayList<>();
		EmitOptions options = EmitOptions.none().withTopic(this.topic);
		application.inTransaction(
				() -> counted(key, from, to).forEach((event) -> ids.add(application.outbox().emit(event, options))));
		return ids;
	}

	private List<Counted> received() {
		return received(this.topic);
	}

	private static List<Counted> received(String queue) {
		return counted(broker.read(queue));
	}

	private static List<Counted> counted(List<Delivery> messages) {
		return messages.stream()
			.map((message) -> JsonMapper.shared().readValue(message.getBody(), Counted.class))
			.toList();
	}

	private Set<String> arrivedIds() {
		Set<String> ids = new HashSet<>();
		broker.read(this.topic).forEach((message) -> ids.add(message.getProperties().getMessageId()));
		return ids;
	}

	@OutboxEvent(type = "large-message", partitionKey = "key")
	record Large(String key, String content) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

	@Configuration(proxyBeanMethods = false)
	@Import(App.class)
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

	/**
	 * Dies when RabbitMQ has confirmed the third batch.
	 */
	@Configuration(proxyBeanMethods = false)
	@Import(App.class)
	static class Deadly {

		@Bean
		static BeanPostProcessor deadlyPublisher() {
			AtomicInteger calls = new AtomicInteger();
			return new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return (bean instanceof EventPublisher publisher) ? deadly(publisher) : bean;
				}

				private EventPublisher deadly(EventPublisher publisher) {
					return (events) -> {
						List<PublishOutcome> outcomes = publisher.publish(events);
						if (calls.incrementAndGet() == 3) {
							Runtime.getRuntime().halt(1);
						}
						return outcomes;
					};
				}

			};
		}

	}

}
