package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.kafka.KafkaBroker;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promises for events that leave for Kafka, with a broker that is a real one.
 */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KafkaTests extends Scenario {

	private static final KafkaBroker broker = KafkaBroker.start();

	private static final AtomicInteger topics = new AtomicInteger();

	private final String topic = "orders-" + topics.incrementAndGet();

	KafkaTests() {
		broker.createTopic(this.topic);
	}

	@AfterAll
	static void stopBroker() {
		broker.close();
	}

	@Test
	void anEventArrivesWithItsKeyItsHeadersAndItsPayloadAsItIsStored() {
		TestApplication application = start(App.class, kafka("spring.application.name=order service"));

		EventId id = application.outbox()
			.emit(new Counted("Ä", 1), EmitOptions.none().withTopic(this.topic).withHeader("tenant", "blue"));

		await().until(() -> this.tables.events() == 0);
		assertThat(broker.read(this.topic)).singleElement().satisfies((record) -> {
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
		TestApplication application = start(App.class,
				kafka("pyxbox.publish.format=structured", "pyxbox.publish.source=https://example.com/orders"));

		EventId id = emit(application, "a", 1, 1).get(0);

		await().until(() -> this.tables.events() == 0);
		ConsumerRecord<byte[], byte[]> record = broker.read(this.topic).get(0);
		JsonNode document = JsonMapper.shared().readTree(record.value());
		assertThat(document.path("id").asString()).isEqualTo(id.toString());
		assertThat(document.path("source").asString()).isEqualTo("https://example.com/orders");
		assertThat(document.path("data").path("number").asInt()).isOne();
		assertThat(KafkaBroker.header(record, "content-type")).startsWith("application/cloudevents+json");
	}

	@Test
	void fiftyThousandEventsArriveOnceEachInTheOrderOfTheirKeys() {
		TestApplication application = prepare(App.class, kafka());
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
		TestApplication one = start(App.class, kafka());
		start(App.class, kafka());
		start(App.class, kafka());

		for (int round = 0; round < 20; round++) {
			for (int key = 0; key < 20; key++) {
				emit(one, "key-" + key, round * 10 + 1, round * 10 + 10);
			}
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 20, 200)).isEmpty();
	}

	@Test
	void aBrokerThatIsDownForAWhileLosesNothingBurnsNoAttemptAndKeepsTheOrder() {
		TestApplication application = start(App.class,
				kafka("pyxbox.retry.max-attempts=1", "pyxbox.circuit-breaker.initial-interval=200ms",
						"pyxbox.circuit-breaker.max-interval=200ms", "pyxbox.kafka.ack-timeout=3s"));
		List<EventId> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 100));
		}
		await().until(() -> this.tables.events() < 1_900);
		broker.shutDown();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 101, 200));
		}
		await().during(Duration.ofSeconds(5)).until(() -> this.tables.events() >= 2_000);

		broker.startAgain();

		await().atMost(Duration.ofSeconds(90)).until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(received()), 20, 200)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
		assertThat(arrivedIds()).containsExactlyInAnyOrderElementsOf(ids.stream().map(EventId::toString).toList());
	}

	@Test
	void aRecordThatIsTooLargeIsADeadLetterWithTheReasonAndItsKeyGoesOn() {
		TestApplication application = start(App.class, kafka("pyxbox.outbox.max-payload-size=10MB"));

		emit(application, "a", 1, 3);
		application.outbox().emit(new Large("a", "x".repeat(2_000_000)), EmitOptions.none().withTopic(this.topic));
		emit(application, "a", 4, 6);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 1, 6)).isEmpty();
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.consumer()).isEqualTo("kafka");
			assertThat(dead.attempts()).isOne();
			assertThat(dead.errorClass()).endsWith("RecordTooLargeException");
			assertThat(dead.errorMessage()).contains("max.request.size");
		});
	}

	@Test
	void aTopicThatDoesNotExistFailsItsEventsAndNobodyElses() {
		TestApplication application = start(App.class,
				kafka("pyxbox.retry.max-attempts=2", "pyxbox.kafka.ack-timeout=3s"));
		application.outbox().emit(new Counted("lost", 1), EmitOptions.none().withTopic("absent"));

		emit(application, "a", 1, 100);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 1, 100)).isEmpty();
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.topic() + " " + dead.attempts() + " " + dead.errorMessage())
				.startsWith("absent 2 Topic absent not present in metadata"));
	}

	@Test
	void aTopicThatIsCreatedLaterGetsWhatHasWaited() {
		TestApplication application = start(App.class,
				kafka("pyxbox.retry.max-attempts=100", "pyxbox.kafka.ack-timeout=1s"));
		String late = "late-" + this.topic;
		application.outbox().emit(new Counted("a", 1), EmitOptions.none().withTopic(late));
		application.outbox().emit(new Counted("a", 2), EmitOptions.none().withTopic(late));
		await().until(() -> this.tables.retries() == 1);

		broker.createTopic(late);

		await().until(() -> this.tables.events() == 0);
		assertThat(received(late)).containsExactly(new Counted("a", 1), new Counted("a", 2));
	}

	@Test
	void aProcessThatDiesBetweenTheAckAndTheDeletionRepeatsUnderTheSameIdAndKeepsTheOrder() throws Exception {
		TestApplication application = prepare(App.class, kafka());
		List<EventId> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 50));
		}
		ChildJvm child = startChild(Deadly.class, kafka());
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
	void inTransactionsTheRestOfABatchArrivesOnceWhereOneOfItCannot() {
		TestApplication application = prepare(App.class,
				kafka("pyxbox.kafka.transaction-id-prefix=shop-", "pyxbox.outbox.max-payload-size=10MB"));
		for (int key = 0; key < 10; key++) {
			emit(application, "key-" + key, 1, 20);
		}
		application.outbox().emit(new Large("key-3", "x".repeat(2_000_000)), EmitOptions.none().withTopic(this.topic));
		for (int key = 0; key < 10; key++) {
			emit(application, "key-" + key, 21, 40);
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(received(), 10, 40)).isEmpty();
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.type()).isEqualTo("large"));
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
		TestApplication application = start(App.class, TestApplication.WITH_KAFKA,
				"spring.kafka.bootstrap-servers=localhost:1");

		assertThat(application.bean("kafka", EventPublisher.class)).isNotNull();
		assertThat(this.tables.count("events_consumer")).isZero();
	}

	private String[] kafka(String... properties) {
		return Stream
			.concat(Stream.of(TestApplication.WITH_KAFKA, "spring.kafka.bootstrap-servers=" + broker.servers(),
					"pyxbox.publish.routes[0].topic=*", "logging.level.org.apache.kafka=off"), Stream.of(properties))
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

	private static List<Counted> received(String topic) {
		return broker.read(topic)
			.stream()
			.map((record) -> JsonMapper.shared().readValue(record.value(), Counted.class))
			.toList();
	}

	private Set<String> arrivedIds() {
		Set<String> ids = new HashSet<>();
		broker.read(this.topic).forEach((record) -> ids.add(KafkaBroker.header(record, "ce_id")));
		return ids;
	}

	@OutboxEvent(type = "large", partitionKey = "key")
	record Large(String key, String content) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

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
	 * Dies when Kafka has acknowledged the third batch.
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
