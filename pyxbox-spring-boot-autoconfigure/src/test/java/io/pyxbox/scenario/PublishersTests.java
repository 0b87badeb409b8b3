package io.pyxbox.scenario;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutboxConsumers;
import io.pyxbox.OutboxListener;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promises 2, 4, 5 and 6 for events that leave the application: each publisher gets what
 * is routed to it, in order per key, until it says that it has it.
 */
@ExtendWith(OutputCaptureExtension.class)
class PublishersTests extends Scenario {

	private static final String EVERYTHING = "pyxbox.publish.routes[0].topic=*";

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void aPublisherIsWrittenInTenLines(@TempDir Path directory) {
		TestApplication application = start(TenLines.class, EVERYTHING,
				"pyxbox.publish.routes[0].destination=" + directory.resolve("out.jsonl"));

		emit(application, "orders", "a", 1, 3);

		await().until(() -> this.tables.events() == 0);
		assertThat(directory.resolve("out.jsonl")).hasContent("""
				{"key": "a", "number": 1}
				{"key": "a", "number": 2}
				{"key": "a", "number": 3}
				""");
	}

	@Test
	void anEventArrivesWithAllThatIsKnownOfIt() {
		TestApplication application = start(One.class, EVERYTHING);

		EventId id = application.outbox()
			.emit(new Counted("a", 1), EmitOptions.none().withTopic("orders").withHeader("tenant", "blue"));

		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		await().until(() -> this.tables.events() == 0);
		assertThat(publisher.received()).singleElement().satisfies((event) -> {
			EventMetadata metadata = event.metadata();
			assertThat(metadata.id()).isEqualTo(id);
			assertThat(metadata.type()).isEqualTo("counted");
			assertThat(metadata.topic()).isEqualTo("orders");
			assertThat(metadata.partitionKey()).isEqualTo("a");
			assertThat(metadata.headers()).isEqualTo(Map.of("tenant", "blue"));
			assertThat(metadata.attempt()).isOne();
			assertThat(metadata.consumer().value()).isEqualTo("broker");
			assertThat(event.destination()).isEqualTo("orders");
			assertThat(event.text()).isEqualTo("{\"key\": \"a\", \"number\": 1}");
		});
	}

	@Test
	void typesThatNobodyHereHasAClassForAreRelayedToo() {
		TestApplication application = start(One.class, EVERYTHING);

		this.tables.execute("insert into events (bucket, event_id, type, topic, payload) "
				+ "values (3, gen_random_uuid(), 'of-tomorrow', 'orders', '{\"a\": [1, 2]}')");

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(RecordingPublisher.class).received()).singleElement()
			.satisfies((event) -> assertThat(event.metadata().type() + " " + event.text())
				.isEqualTo("of-tomorrow {\"a\": [1, 2]}"));
	}

	@Test
	void whatADestinationIsSilentAboutStopsNobodyElseBurnsNoAttemptAndArrivesLater(CapturedOutput output) {
		TestApplication application = prepare(One.class, EVERYTHING, "pyxbox.retry.max-attempts=1",
				"pyxbox.retry.initial-interval=100ms", "pyxbox.retry.max-interval=1s",
				// At first there may be nothing else in a batch.
				"pyxbox.circuit-breaker.initial-interval=100ms", "pyxbox.circuit-breaker.max-interval=100ms");
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		publisher.outcome()
			.set((event) -> event.text().contains("silent")
					? PublishOutcome.destinationDown(new IllegalStateException("no answer")) : PublishOutcome.acked());
		for (int key = 0; key < 20; key++) {
			// Each is at the head of its lane, and of those of others.
			emit(application, "orders", "silent-" + key, 1, 3);
			emit(application, "orders", "key-" + key, 1, 50);
		}

		application.start();

		// Those that are left alone in the end need not have one of their own on record.
		await().until(() -> this.tables.events() == 60);
		assertThat(this.tables.retries()).isLessThanOrEqualTo(20);
		assertThat(OrderPerKey.violations(publisher.events(), 20, 50)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
		emit(application, "orders", "later", 1, 10);
		await().until(() -> this.tables.events() == 60);
		publisher.outcome().set((event) -> PublishOutcome.acked());
		await().until(() -> this.tables.events() == 0);
		assertThat(publisher.received()).hasSize(20 * 50 + 10 + 60);
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
	}

	@Test
	void routesHaveWildcardsAndPlaceholdersAndTheFirstThatFitsCounts() {
		TestApplication application = start(One.class, "tier=gold", "pyxbox.publish.routes[0].topic=orders-eu",
				"pyxbox.publish.routes[0].destination=europe", "pyxbox.publish.routes[1].topic=orders-*",
				"pyxbox.publish.routes[1].destination=${tier}-orders", "pyxbox.publish.routes[2].topic=invoices");

		for (String topic : List.of("orders-us", "orders-eu", "invoices", "invoices-eu")) {
			emit(application, topic, "a", 1, 1);
		}
		application.outbox().emit(new Counted("a", 1));

		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		await().until(() -> this.tables.events() == 2);
		assertThat(publisher.destinations()).containsExactlyInAnyOrder("gold-orders", "europe", "invoices");
		assertThat(this.tables.rows()).extracting(OutboxTables.Row::topic).containsExactly("invoices-eu", null);
	}

	@Test
	void aTopicThatNothingTakesStaysAndIsReported(CapturedOutput output) {
		TestApplication application = prepare(One.class, "pyxbox.publish.routes[0].topic=orders");
		emit(application, "returns", "a", 1, 1);

		application.start();

		await().untilAsserted(() -> assertThat(output).contains(
				"no listener or publisher of this application takes, or takes any more: counted of topic returns."));
		assertThat(this.tables.events()).isOne();
	}

	@Test
	void twoPublishersGetTheSameEventIndependently() {
		TestApplication application = start(Two.class, "pyxbox.publish.routes[0].topic=orders",
				"pyxbox.publish.routes[0].publisher=first", "pyxbox.publish.routes[1].topic=*",
				"pyxbox.publish.routes[1].publisher=second", "pyxbox.retry.max-attempts=1000");
		RecordingPublisher first = application.bean("first", RecordingPublisher.class);
		RecordingPublisher second = application.bean("second", RecordingPublisher.class);
		first.outcome().set((event) -> PublishOutcome.failed(new Mishap()));

		emit(application, "orders", "a", 1, 50);
		emit(application, "returns", "a", 51, 100);

		await().untilAsserted(() -> assertThat(second.numbers()).isEqualTo(range(1, 100)));
		assertThat(first.received()).isEmpty();
		first.outcome().set((event) -> PublishOutcome.acked());
		await().until(() -> this.tables.events() == 0);
		assertThat(first.numbers()).isEqualTo(range(1, 50));
		assertThat(second.numbers()).isEqualTo(range(1, 100));
	}

	@Test
	void aPublisherAndAListenerOfTheSameEventAreIndependent() {
		TestApplication application = start(WithListener.class, EVERYTHING, "pyxbox.retry.max-attempts=1000");
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		Set<Integer> failing = application.bean(Writer.class).failing();
		publisher.outcome().set((event) -> PublishOutcome.failed(new Mishap()));

		emit(application, "orders", "a", 1, 20);

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1, 20)));
		assertThat(this.tables.events()).isEqualTo(20);
		failing.add(21);
		publisher.outcome().set((event) -> PublishOutcome.acked());
		emit(application, "orders", "a", 21, 40);
		await().untilAsserted(() -> assertThat(publisher.numbers()).isEqualTo(range(1, 40)));
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 20));
		failing.clear();
		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 40));
	}

	@Test
	void eventsOfAKeyArriveInOrderWhateverFails() {
		TestApplication application = prepare(One.class, EVERYTHING, "pyxbox.retry.max-attempts=1000",
				"pyxbox.poller.batch-size=50");
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		Set<EventId> tried = ConcurrentHashMap.newKeySet();
		publisher.outcome().set((event) -> {
			boolean firstTime = tried.add(event.metadata().id());
			return switch (RecordingPublisher.counted(event).number() % 10) {
				case 3 -> firstTime ? PublishOutcome.failed(new Mishap()) : PublishOutcome.acked();
				case 7 -> firstTime ? PublishOutcome.notSent() : PublishOutcome.acked();
				default -> PublishOutcome.acked();
			};
		});
		for (int key = 0; key < 20; key++) {
			emit(application, "orders", "key-" + key, 1, 50);
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		// What came although an earlier one had failed comes again, so the last time
		// counts for the order.
		assertThat(OrderPerKey.violations(lastTimes(publisher.events()), 20, 50)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void aRejectedEventIsADeadLetterAtOnceAndItsKeyGoesOn() {
		TestApplication application = start(One.class, EVERYTHING);
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		publisher.outcome()
			.set((event) -> (RecordingPublisher.counted(event).number() == 3)
					? PublishOutcome.rejected(new Mishap("too large")) : PublishOutcome.acked());

		emit(application, "orders", "a", 1, 5);

		await().until(() -> this.tables.events() == 0);
		assertThat(publisher.numbers()).containsExactly(1, 2, 4, 5);
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.consumer()).isEqualTo("broker");
			assertThat(dead.attempts()).isOne();
			assertThat(dead.errorMessage()).isEqualTo("too large");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whereKeysAreToBlockOneWaitsUntilItsDeadLetterIsRedrivenAndNobodyElseDoes(boolean rejected) {
		TestApplication application = prepare(One.class, EVERYTHING, "pyxbox.retry.max-attempts=2",
				"pyxbox.publish.publishers.broker.on-exhaustion=block");
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		Set<String> bad = ConcurrentHashMap.newKeySet();
		bad.add("a-3");
		publisher.outcome().set((event) -> {
			Counted counted = RecordingPublisher.counted(event);
			return !bad.contains(counted.key() + "-" + counted.number()) ? PublishOutcome.acked()
					: rejected ? PublishOutcome.rejected(new Mishap("never")) : PublishOutcome.failed(new Mishap("no"));
		});
		for (String key : List.of("a", "b", "c")) {
			emit(application, "orders", key, 1, 5);
		}
		application.start();
		await().until(() -> this.tables.events() == 3 && this.tables.deadLetters().size() == 1);
		emit(application, "orders", "a", 6, 7);
		emit(application, "orders", "b", 6, 7);
		await().until(() -> this.tables.events() == 5);
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies(
					(dead) -> assertThat(dead.number() + " " + dead.attempts()).isEqualTo("3 " + (rejected ? 1 : 2)));
		bad.clear();

		application.bean(DeadLetters.class).redrive(DeadLetterFilter.all());

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(OrderPerKey.violations(
				lastTimes(publisher.events()).stream().filter((event) -> event.key().equals("a")).toList(), 1, 7))
			.isEmpty();
	}

	@Test
	void aFailedEventIsADeadLetterAfterTheLastAttempt() {
		TestApplication application = start(One.class, EVERYTHING, "pyxbox.retry.max-attempts=3");
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		publisher.outcome().set((event) -> PublishOutcome.failed(new Mishap("no")));

		emit(application, "orders", "a", 1, 1);

		await().until(() -> this.tables.events() == 0);
		assertThat(publisher.calls()).hasValue(3);
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.attempts()).isEqualTo(3));
	}

	@Test
	void nothingIsLostAndNoAttemptIsCountedWhileTheDestinationIsDown(CapturedOutput output) {
		TestApplication application = start(One.class, EVERYTHING, "pyxbox.circuit-breaker.initial-interval=100ms",
				"pyxbox.circuit-breaker.max-interval=100ms", "pyxbox.retry.max-attempts=1");
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		publisher.outcome().set((event) -> PublishOutcome.destinationDown(new Mishap("gone")));
		for (int key = 0; key < 20; key++) {
			emit(application, "orders", "key-" + key, 1, 20);
		}
		await().until(() -> publisher.calls().get() > 20);

		publisher.outcome().set((event) -> PublishOutcome.acked());

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(publisher.events(), 20, 20)).isEmpty();
		assertThat(publisher.received()).allSatisfy((event) -> assertThat(event.metadata().attempt()).isOne());
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(output).containsOnlyOnce("Consumer 'broker' is paused");
	}

	@Test
	void anEventThatMakesThePublisherThrowTakesNobodyWithIt() {
		TestApplication application = prepare(One.class, EVERYTHING, "pyxbox.retry.max-attempts=2");
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		publisher.outcome().set((event) -> {
			if (RecordingPublisher.counted(event).number() == 33) {
				throw new Mishap("poison");
			}
			return PublishOutcome.acked();
		});
		for (int key = 0; key < 10; key++) {
			emit(application, "orders", "key-" + key, key * 10 + 1, key * 10 + 10);
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.number() + " " + dead.attempts() + " " + dead.errorMessage())
				.isEqualTo("33 2 poison"));
		Set<Integer> expected = new TreeSet<>(range(1, 100));
		expected.remove(33);
		assertThat(new TreeSet<>(publisher.numbers())).isEqualTo(expected);
	}

	@Test
	void aPublisherThatSendsAllOrNothingGetsRidOfTheEventThatCannotBeSent() {
		TestApplication application = prepare(AllOrNothing.class, EVERYTHING);
		for (int key = 0; key < 10; key++) {
			emit(application, "orders", "key-" + key, key * 10 + 1, key * 10 + 10);
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).extracting(OutboxTables.DeadLetter::number).containsExactly("37");
		Set<Integer> expected = new TreeSet<>(range(1, 100));
		expected.remove(37);
		List<Integer> numbers = application.bean(AllOrNothing.class).numbers();
		assertThat(numbers).as("each once").containsExactlyInAnyOrderElementsOf(expected);
		assertThat(numbers).filteredOn((number) -> number > 30 && number <= 40).isSorted();
	}

	@Test
	void aPublisherIsAConsumerAmongTheOthers() {
		TestApplication application = start(WithListener.class, "pyxbox.publish.routes[0].topic=orders-*");

		assertThat(application.bean(OutboxConsumers.class).list())
			.extracting((consumer) -> consumer.id() + " " + consumer.declared() + " " + consumer.takes())
			.containsExactly("broker true [Kind[type=null, topic=orders-*]]",
					"writer true [Kind[type=counted, topic=null]]");
		assertThat(this.tables.jdbc()
			.sql("select consumer || ' ' || topic_pattern from events_consumer where type is null")
			.query(String.class)
			.list()).containsExactly("broker orders-%");
	}

	@Test
	void aPublisherThatNothingIsRoutedToIsNoConsumer() {
		TestApplication application = start(Two.class, "pyxbox.publish.routes[0].topic=orders",
				"pyxbox.publish.routes[0].publisher=second");

		emit(application, "orders", "a", 1, 1);

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.jdbc().sql("select consumer from events_consumer").query(String.class).list())
			.containsExactly("second");
	}

	@Test
	void severalInstancesShareTheWorkAndKeepTheOrder() {
		RecordingPublisher shared = new RecordingPublisher();
		for (int i = 0; i < 3; i++) {
			endAfterwards(TestApplication.startSharing(shared, this.database, LedgerApplication.class, EVERYTHING));
		}
		TestApplication emitter = prepare(LedgerApplication.class);

		for (int key = 0; key < 30; key++) {
			emit(emitter, "orders", "key-" + key, 1, 30);
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(shared.events(), 30, 30)).isEmpty();
	}

	@Test
	void aCleanStopRepeatsNothing() {
		TestApplication application = start(One.class, EVERYTHING);
		RecordingPublisher publisher = application.bean(RecordingPublisher.class);
		for (int key = 0; key < 30; key++) {
			emit(application, "orders", "key-" + key, 1, 30);
		}
		await().until(() -> publisher.received().size() > 100);

		application.stop();
		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(publisher.events(), 30, 30)).isEmpty();
		assertThat(publisher.received()).hasSize(900);
	}

	@Test
	void aWakeUpReachesThePublisherWithoutPolling() {
		TestApplication application = start(One.class, EVERYTHING, "pyxbox.poller.poll-interval=1h");
		emit(application, "orders", "a", 1, 1);
		await().until(() -> this.tables.events() == 0);

		emit(application, "orders", "a", 2, 2);

		await().atMost(Duration.ofSeconds(5)).until(() -> this.tables.events() == 0);
	}

	private static void emit(TestApplication application, String topic, String key, int from, int to) {
		application.inTransaction(() -> counted(key, from, to)
			.forEach((event) -> application.outbox().emit(event, EmitOptions.none().withTopic(topic))));
	}

	private static List<Counted> lastTimes(List<Counted> events) {
		List<Counted> reversed = new ArrayList<>(events);
		Collections.reverse(reversed);
		List<Counted> last = new ArrayList<>(OrderPerKey.withoutRepeats(reversed));
		Collections.reverse(last);
		return last;
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class TenLines {

		@Bean
		EventPublisher files() {
			return (events) -> {
				List<PublishOutcome> outcomes = new ArrayList<>();
				for (OutgoingEvent event : events) {
					append(Path.of(event.destination()), event.text() + "\n");
					outcomes.add(PublishOutcome.acked());
				}
				return outcomes;
			};
		}

		private static void append(Path file, String line) throws IOException {
			Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class One {

		@Bean
		RecordingPublisher broker() {
			return new RecordingPublisher();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Two {

		@Bean
		RecordingPublisher first() {
			return new RecordingPublisher();
		}

		@Bean
		RecordingPublisher second() {
			return new RecordingPublisher();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class AllOrNothing {

		private final Queue<Integer> sent = new ConcurrentLinkedQueue<>();

		List<Integer> numbers() {
			return List.copyOf(this.sent);
		}

		@Bean
		EventPublisher broker() {
			return (events) -> {
				List<Integer> numbers = events.stream()
					.map((event) -> RecordingPublisher.counted(event).number())
					.toList();
				if (!numbers.contains(37)) {
					this.sent.addAll(numbers);
					return Collections.nCopies(events.size(), PublishOutcome.acked());
				}
				return numbers.stream()
					.map((number) -> (number == 37) ? PublishOutcome.rejected(new Mishap()) : PublishOutcome.notSent())
					.toList();
			};
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(One.class)
	static class WithListener {

		@Bean
		Writer writer(Ledger ledger) {
			return new Writer(ledger, ConcurrentHashMap.newKeySet());
		}

	}

	record Writer(Ledger ledger, Set<Integer> failing) {

		@OutboxListener(consumer = "writer")
		void on(Counted event, EventMetadata metadata) {
			if (this.failing.contains(event.number())) {
				throw new Mishap();
			}
			this.ledger.write(event, metadata);
		}

	}

}
