package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutboxEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.rabbit.RabbitBroker;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What RabbitMQ refuses, and RabbitMQ being away, neither lose events nor their order.
 */
class RabbitFailureTests extends RabbitScenario {

	@Test
	void aBrokerThatIsDownForAWhileLosesNothingBurnsNoAttemptAndKeepsTheOrder() throws Exception {
		TestApplication application = start(Relay.class, rabbit("pyxbox.retry.max-attempts=1",
				"pyxbox.circuit-breaker.initial-interval=200ms", "pyxbox.circuit-breaker.max-interval=200ms"));
		List<EventId> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 100));
		}
		await().until(() -> this.tables.events() < 1_900);
		broker().kill();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 101, 200));
		}
		await().during(Duration.ofSeconds(3)).until(() -> this.tables.events() >= 2_000);

		broker().startAgain();

		await().atMost(Duration.ofSeconds(90)).until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(received()), 20, 200)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
		assertThat(arrivedIds()).containsExactlyInAnyOrderElementsOf(ids.stream().map(EventId::toString).toList());
	}

	@Test
	void whatNoQueueTakesIsTriedAgainAndThenADeadLetterWithTheReason() {
		TestApplication application = start(Relay.class, rabbit("pyxbox.retry.max-attempts=3"));
		broker().createExchange("nowhere");
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
		TestApplication application = start(Relay.class, rabbit("pyxbox.retry.max-attempts=1000"));
		String late = "late-" + this.topic;
		broker().createExchange(late);
		application.inTransaction(() -> counted("a", 1, 50)
			.forEach((event) -> application.outbox().emit(event, EmitOptions.none().withTopic(late))));
		await().until(() -> this.tables.retries() == 1);

		broker().createQueue(late, Map.of());
		broker().bind(late, late);

		await().until(() -> this.tables.events() == 0);
		assertThat(received(late)).containsExactlyElementsOf(counted("a", 1, 50));
	}

	@Test
	void anExchangeThatDoesNotExistFailsItsEventsAndNobodyElses() {
		TestApplication application = start(Relay.class, rabbit("pyxbox.retry.max-attempts=2"));
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
		broker().createQueue(narrow, Map.of("x-max-length", 3, "x-overflow", "reject-publish"));
		broker().bind(narrow, this.topic);
		TestApplication application = prepare(Relay.class, rabbit("pyxbox.retry.max-attempts=100000"));
		for (int key = 0; key < 5; key++) {
			emit(application, "key-" + key, 1, 40);
		}

		application.start();
		await().until(() -> this.tables.retries() == 5);
		try (RabbitBroker.Subscriber subscriber = broker().subscribe(narrow)) {
			await().until(() -> this.tables.events() == 0 && counted(subscriber.received()).containsAll(received()));
			assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(counted(subscriber.received())), 5, 40))
				.isEmpty();
		}
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void aMessageThatIsTooLargeIsADeadLetterWithTheReasonAndItsKeyGoesOn() {
		TestApplication application = start(Relay.class, rabbit("pyxbox.outbox.max-payload-size=10MB"));

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
		TestApplication application = prepare(Relay.class, rabbit());
		List<EventId> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 50));
		}
		ChildJvm child = startChild(Deadly.class, rabbit());
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

	@OutboxEvent(type = "large-message", partitionKey = "key")
	record Large(String key, String content) {
	}

	/**
	 * Dies when RabbitMQ has confirmed the third batch.
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
