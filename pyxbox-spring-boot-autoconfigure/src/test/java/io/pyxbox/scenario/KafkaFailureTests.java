package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutboxEvent;
import io.pyxbox.PublishOutcome;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promises for events that leave for Kafka while something fails: the broker, a
 * topic, a record, the process.
 */
@ExtendWith(OutputCaptureExtension.class)
class KafkaFailureTests extends KafkaScenario {

	@Test
	void aBrokerThatIsDownForAWhileLosesNothingBurnsNoAttemptAndKeepsTheOrder(CapturedOutput output) {
		TestApplication application = start(Relay.class,
				kafka("pyxbox.retry.max-attempts=1", "pyxbox.circuit-breaker.initial-interval=200ms",
						"pyxbox.circuit-breaker.max-interval=200ms", "pyxbox.kafka.ack-timeout=3s"));
		List<EventId> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 100));
		}
		await().until(() -> this.tables.events() < 1_900);
		broker().shutDown();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 101, 200));
		}
		await().untilAsserted(() -> assertThat(output).contains("Consumer 'kafka' is paused"));
		assertThat(this.tables.events()).isGreaterThanOrEqualTo(2_000);

		broker().startAgain();

		await().atMost(Duration.ofSeconds(90)).until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(received()), 20, 200)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
		assertThat(arrivedIds()).containsExactlyInAnyOrderElementsOf(ids.stream().map(EventId::toString).toList());
	}

	@Test
	void aRecordThatIsTooLargeIsADeadLetterWithTheReasonAndItsKeyGoesOn() {
		TestApplication application = start(Relay.class, kafka("pyxbox.outbox.max-payload-size=10MB"));

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
		TestApplication application = start(Relay.class,
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
		TestApplication application = start(Relay.class,
				kafka("pyxbox.retry.max-attempts=100", "pyxbox.kafka.ack-timeout=1s"));
		String late = "late-" + this.topic;
		application.outbox().emit(new Counted("a", 1), EmitOptions.none().withTopic(late));
		application.outbox().emit(new Counted("a", 2), EmitOptions.none().withTopic(late));
		await().until(() -> this.tables.retries() == 1);

		broker().createTopic(late);

		await().until(() -> this.tables.events() == 0);
		assertThat(received(late)).containsExactly(new Counted("a", 1), new Counted("a", 2));
	}

	@Test
	void aProcessThatDiesBetweenTheAckAndTheDeletionRepeatsUnderTheSameIdAndKeepsTheOrder() throws Exception {
		TestApplication application = prepare(Relay.class, kafka());
		List<EventId> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 50));
		}
		ChildJvm child = startChild(Deadly.class, kafka());
		await().atMost(Duration.ofSeconds(60)).until(child::hasDied);
		int before = this.tables.events();
		int arrived = broker().read(this.topic).size();

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(arrived).as("acked, and not deleted").isGreaterThan(1_000 - before);
		assertThat(broker().read(this.topic)).as("repeated").hasSizeGreaterThan(1_000);
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(received()), 20, 50)).isEmpty();
		assertThat(arrivedIds()).containsExactlyInAnyOrderElementsOf(ids.stream().map(EventId::toString).toList());
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void inTransactionsTheRestOfABatchArrivesOnceWhereOneOfItCannot() {
		TestApplication application = prepare(Relay.class,
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

	@OutboxEvent(type = "large", partitionKey = "key")
	record Large(String key, String content) {
	}

	/**
	 * Dies when Kafka has acknowledged the third batch.
	 */
	@Configuration(proxyBeanMethods = false)
	@Import(Relay.class)
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
						if (outcomes.contains(PublishOutcome.acked()) && calls.incrementAndGet() == 3) {
							Runtime.getRuntime().halt(1);
						}
						return outcomes;
					};
				}

			};
		}

	}

}
