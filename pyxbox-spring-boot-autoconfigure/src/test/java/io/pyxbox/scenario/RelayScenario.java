package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.OutboxEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promises for events that leave for a broker. A test of a broker inherits it, and
 * says how to look at the other side.
 */
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class RelayScenario extends Scenario {

	/** An application with the broker's client. */
	abstract Class<?> application();

	/** The same, whose process dies after the third batch. */
	abstract Class<?> deadlyApplication();

	/** The same, whose client fails now and then. */
	abstract Class<?> flakyApplication();

	/** Where the broker is, and how it is used. */
	abstract List<String> properties();

	/** A topic of this test's own, that the broker has. */
	abstract String topic();

	/**
	 * What has arrived, in that order; if order is per key only, then in any that agrees
	 * with it.
	 */
	abstract List<Arrival> arrivals();

	abstract void takeDown();

	abstract void bringBack();

	/** On how many keys the events of a pile are spread, that they arrive in time. */
	abstract int keysOfAPile();

	int eventsOfAPile() {
		return 50_000;
	}

	/** Whether the broker leaves out itself what comes again. */
	abstract boolean leavesOutRepeats();

	@Test
	void aPileOfEventsArrivesOnceEachInTheOrderOfTheirKeys() {
		TestApplication application = prepare(application(), relay());
		int eventsOfAKey = eventsOfAPile() / keysOfAPile();
		for (int key = 0; key < keysOfAPile(); key++) {
			emit(application, "key-" + key, 1, eventsOfAKey);
		}

		application.start();

		await().atMost(Duration.ofSeconds(150)).until(() -> this.tables.events() == 0);
		assertThat(violations(received(), keysOfAPile(), eventsOfAKey)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void severalInstancesUnderLoadKeepTheOrderOfEachKey() {
		TestApplication one = start(application(), relay());
		start(application(), relay());
		start(application(), relay());

		for (int round = 0; round < 10; round++) {
			for (int key = 0; key < 20; key++) {
				emit(one, "key-" + key, round * 10 + 1, round * 10 + 10);
			}
		}

		await().atMost(Duration.ofSeconds(90)).until(() -> this.tables.events() == 0);
		assertThat(violations(received(), 20, 100)).isEmpty();
	}

	@Test
	void aBrokerThatIsDownForAWhileLosesNothingBurnsNoAttemptAndKeepsTheOrder() {
		TestApplication application = start(application(), relay("pyxbox.retry.max-attempts=1",
				"pyxbox.circuit-breaker.initial-interval=200ms", "pyxbox.circuit-breaker.max-interval=200ms"));
		List<String> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 50));
		}
		await().until(() -> this.tables.events() < 900);
		takeDown();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 51, 100));
		}
		await().during(Duration.ofSeconds(3)).until(() -> this.tables.events() >= 1_000);

		bringBack();

		await().atMost(Duration.ofSeconds(120)).until(() -> this.tables.events() == 0);
		List<Arrival> arrivals = arrivals();
		assertThat(violations(OrderPerKey.withoutRepeats(events(arrivals)), 20, 100)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
		assertThat(arrivals.stream().map(Arrival::id).distinct()).containsExactlyInAnyOrderElementsOf(ids);
	}

	@Test
	void aBrokerThatRefusesSomeNowAndThenLosesNothingAndKeepsTheOrder() {
		TestApplication application = prepare(flakyApplication(), relay("pyxbox.retry.max-attempts=100"));
		List<String> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 30));
		}

		application.start();

		await().atMost(Duration.ofSeconds(120)).until(() -> this.tables.events() == 0);
		List<Arrival> arrivals = arrivals();
		assertThat(violations(OrderPerKey.withoutRepeats(events(arrivals)), 20, 30)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(arrivals.stream().map(Arrival::id).distinct()).containsExactlyInAnyOrderElementsOf(ids);
	}

	@Test
	void whatIsTooLargeIsADeadLetterWithTheReasonAndItsKeyGoesOn() {
		TestApplication application = start(application(), relay("pyxbox.outbox.max-payload-size=10MB"));

		emit(application, "a", 1, 3);
		application.outbox().emit(new Oversized("a", "x".repeat(2_000_000)), EmitOptions.none().withTopic(topic()));
		emit(application, "a", 4, 6);

		await().until(() -> this.tables.events() == 0);
		assertThat(violations(received(), 1, 6)).isEmpty();
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.type()).isEqualTo("oversized");
			assertThat(dead.attempts()).isOne();
			assertThat(dead.errorMessage()).containsIgnoringCase(reasonOfTooLarge());
		});
	}

	/** What the broker says to it. */
	abstract String reasonOfTooLarge();

	@Test
	void aDestinationThatDoesNotExistFailsItsEventsAndNobodyElses() {
		TestApplication application = start(application(), relay("pyxbox.retry.max-attempts=2"));
		application.outbox().emit(new Counted("lost", 1), EmitOptions.none().withTopic("absent"));

		emit(application, "a", 1, 50);

		await().until(() -> this.tables.events() == 0);
		assertThat(violations(received(), 1, 50)).isEmpty();
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.topic() + " " + dead.attempts() + " " + dead.errorMessage())
				.startsWith("absent 2 Nothing can be sent to 'absent'"));
	}

	@Test
	void aProcessThatDiesBetweenTheAckAndTheDeletionRepeatsUnderTheSameIdAndKeepsTheOrder() throws Exception {
		TestApplication application = prepare(application(), relay());
		List<String> ids = new ArrayList<>();
		for (int key = 0; key < 20; key++) {
			ids.addAll(emit(application, "key-" + key, 1, 50));
		}
		ChildJvm child = startChild(deadlyApplication(), relay());
		await().atMost(Duration.ofSeconds(90)).until(child::hasDied);
		int left = this.tables.events();
		int arrived = arrivals().size();

		application.start();

		await().atMost(Duration.ofSeconds(90)).until(() -> this.tables.events() == 0);
		List<Arrival> arrivals = arrivals();
		assertThat(arrived).as("acked, and not deleted").isGreaterThan(1_000 - left);
		if (!leavesOutRepeats()) {
			assertThat(arrivals).as("repeated").hasSizeGreaterThan(1_000);
		}
		assertThat(violations(OrderPerKey.withoutRepeats(events(arrivals)), 20, 50)).isEmpty();
		assertThat(arrivals.stream().map(Arrival::id).distinct()).containsExactlyInAnyOrderElementsOf(ids);
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	/** What is wrong with what has arrived. */
	List<String> violations(List<Counted> received, int keys, int perKey) {
		return OrderPerKey.violations(received, keys, perKey);
	}

	String[] relay(String... more) {
		return Stream.of(Stream.of("pyxbox.publish.routes[0].topic=*"), properties().stream(), Stream.of(more))
			.flatMap((each) -> each)
			.toArray(String[]::new);
	}

	List<String> emit(TestApplication application, String key, int from, int to) {
		List<String> ids = new ArrayList<>();
		EmitOptions options = EmitOptions.none().withTopic(topic());
		application.inTransaction(() -> counted(key, from, to).forEach((event) -> {
			EventId id = application.outbox().emit(event, options);
			ids.add(id.toString());
		}));
		return ids;
	}

	List<Counted> received() {
		return events(arrivals());
	}

	private static List<Counted> events(List<Arrival> arrivals) {
		return arrivals.stream().map(Arrival::event).toList();
	}

	/**
	 * What has arrived.
	 *
	 * @param id the event's id
	 * @param event the event
	 */
	record Arrival(String id, Counted event) {
	}

	@OutboxEvent(type = "oversized", partitionKey = "key")
	record Oversized(String key, String content) {
	}

}
