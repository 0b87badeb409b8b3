package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 2: an event leaves the table only when every consumer that takes its type has
 * completed it, or as a dead letter with its cause.
 */
class NoEventIsLostTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void anEventThatNobodyTakesStaysAndTheOthersGoOn() {
		TestApplication application = prepare(Writing.class, "pyxbox.poller.batch-size=10");
		String key = "a";
		for (int i = 1; i <= 100; i++) {
			application.outbox().emit(new NobodyTakesThis(key, i));
		}
		application.outbox().emitAll(counted(key, 1, 100));

		application.start();

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1, 100)));
		await().untilAsserted(() -> assertThat(this.tables.rows()).hasSize(100)
			.allSatisfy((row) -> assertThat(row.type()).isEqualTo("nobody-takes-this")));
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
	}

	@Test
	void anEventWhoseTopicNobodyTakesStays() {
		TestApplication application = start(OneTopic.class);
		application.outbox().emit(new Counted("a", 1), EmitOptions.none().withTopic("other"));
		application.outbox().emit(new Counted("a", 2), EmitOptions.none().withTopic("mine"));
		application.outbox().emit(new Counted("a", 3));

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(2));
		await().untilAsserted(() -> assertThat(this.tables.numbers()).containsExactly(1, 3));
	}

	@Test
	void anEventWaitsForTheInstanceThatKnowsItsType() {
		TestApplication old = start(Writing.class);
		old.outbox().emit(new NobodyTakesThis("a", 1));
		old.outbox().emit(new Counted("a", 2));
		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(2));

		start(TakingTheRest.class);

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(2, 1));
		await().until(() -> this.tables.events() == 0);
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"key\": \"a\", \"number\": \"not a number\"}", "[]", "\"text\"", "null", "17",
			"{\"key\": {\"deep\": []}, \"number\": 3}" })
	void anUndecodableEventBecomesADeadLetterAloneAndItsKeyGoesOn(String payload) {
		TestApplication application = prepare(Writing.class, "pyxbox.retry.max-attempts=2");
		List<EventId> ids = application.outbox().emitAll(counted("a", 1, 5));
		application.outbox().emitAll(counted("b", 11, 15));
		this.tables.jdbc()
			.sql("update events set payload = ?::jsonb where event_id = ?")
			.params(payload, ids.get(2).value())
			.update();

		application.start();

		await().untilAsserted(() -> assertThat(this.ledger.events()).filteredOn((event) -> "a".equals(event.key()))
			.extracting(Counted::number)
			.containsExactly(1, 2, 4, 5));
		await().untilAsserted(() -> assertThat(this.ledger.events()).filteredOn((event) -> "b".equals(event.key()))
			.extracting(Counted::number)
			.containsExactly(11, 12, 13, 14, 15));
		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.eventId()).isEqualTo(ids.get(2).value());
			assertThat(dead.consumer()).isEqualTo("writer");
			assertThat(dead.type()).isEqualTo("counted");
			assertThat(dead.partitionKey()).isEqualTo("a");
			assertThat(dead.attempts()).isPositive();
			assertThat(dead.errorClass()).isNotBlank();
			assertThat(dead.stackTrace()).isNotBlank();
		});
		assertThat(this.tables.retries()).isZero();
	}

	@Test
	void afterTheLastAttemptAnEventIsADeadLetterWithItsCause() {
		TestApplication application = prepare(Writing.class, "pyxbox.retry.max-attempts=3");
		application.bean(Faults.class).always().add(2);
		EventId id = application.outbox()
			.emit(new Counted("a", 2), EmitOptions.none().withTopic("topic").withHeader("name", "value"));
		String createdAt = only("select created_at::text from events");

		application.start();
		application.outbox().emit(new Counted("a", 3));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.consumer()).isEqualTo("writer");
			assertThat(dead.eventId()).isEqualTo(id.value());
			assertThat(dead.type()).isEqualTo("counted");
			assertThat(dead.topic()).isEqualTo("topic");
			assertThat(dead.partitionKey()).isEqualTo("a");
			assertThat(dead.number()).isEqualTo("2");
			assertThat(dead.attempts()).isEqualTo(3);
			assertThat(dead.errorClass()).isEqualTo(Mishap.class.getName());
			assertThat(dead.errorMessage()).isEqualTo("number 2 fails");
			assertThat(dead.stackTrace()).contains(Mishap.class.getName(), "number 2 fails", "NoEventIsLostTests");
		});
		assertThat(only("select created_at::text from events_dead_letter")).isEqualTo(createdAt);
		assertThat(only("select headers->>'name' from events_dead_letter")).isEqualTo("value");
		assertThat(only("select (first_failed_at <= last_failed_at and created_at <= first_failed_at)::text "
				+ "from events_dead_letter"))
			.isEqualTo("true");
		assertThat(this.tables.retries()).isZero();
		assertThat(application.bean(Journal.class).callsOf(2)).extracting(Journal.Call::attempt)
			.containsExactly(1, 2, 3);
		assertThat(this.ledger.numbers()).containsExactly(3);
	}

	@Test
	void whateverAListenerThrowsTheEventIsADeadLetterAndTheOthersGoOn() {
		TestApplication application = prepare(Writing.class, "pyxbox.retry.max-attempts=2");
		List<Supplier<Throwable>> faults = List.of(() -> new Mishap("with NUL \0 in it"),
				() -> new Mishap("with an unpaired surrogate \uD800 in it"), () -> new Mishap("x".repeat(2_000_000)),
				() -> new Mishap(null), () -> new StackOverflowError("too deep"), () -> new AssertionError("never"),
				() -> new NoClassDefFoundError("some/Class"), () -> new InterruptedException("not really"),
				() -> new java.io.IOException("checked"), NoEventIsLostTests::causedByItself, Unspeakable::new);
		application.bean(Faults.class).thrown().addAll(faults);
		for (int i = 0; i < faults.size(); i++) {
			application.outbox().emit(new Counted("bad", i));
			application.outbox().emit(new Counted(null, 100 + i));
		}
		application.outbox().emit(new Counted("bad", 99));

		application.start();

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).contains(99)
			.containsAll(range(100, 99 + faults.size()))
			.hasSize(1 + faults.size()));
		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).extracting(OutboxTables.DeadLetter::number)
			.containsExactlyElementsOf(range(0, faults.size() - 1).stream().map(String::valueOf).toList());
	}

	@Test
	void aListenerThatInterruptsItsThreadStopsNothing() {
		TestApplication application = start(Interrupting.class, "pyxbox.poller.concurrency=1");

		application.outbox().emitAll(counted("a", 1, 100));

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1, 100)));
		await().until(() -> this.tables.events() == 0);
	}

	@Test
	void anEventOfTwoConsumersLeavesOnlyAfterBoth() {
		TestApplication application = start(TwoConsumers.class);
		application.outbox().emit(new Counted("a", 1));

		await().untilAsserted(() -> assertThat(this.ledger.events("quick")).hasSize(1));
		await().untilAsserted(() -> assertThat(only("select completed_by::text from events")).isEqualTo("{quick}"));
		application.bean(Gate.class).latch().countDown();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("quick")).hasSize(1);
		assertThat(this.ledger.events("slow")).hasSize(1);
	}

	@Test
	void anEventThatIsADeadLetterOfOneConsumerStillWaitsForTheOther() {
		TestApplication application = start(TwoConsumers.class, "pyxbox.retry.max-attempts=2");
		application.bean(Faults.class).always().add(1);
		application.outbox().emit(new Counted("a", 1));

		await().untilAsserted(() -> assertThat(this.tables.deadLetters()).hasSize(1));
		assertThat(this.tables.events()).isEqualTo(1);
		application.bean(Gate.class).latch().countDown();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.consumer()).isEqualTo("quick"));
		assertThat(this.ledger.events("slow")).hasSize(1);
	}

	@Test
	void aBacklogIsDeliveredAfterARestart() {
		TestApplication emitter = prepare(Writing.class);
		for (int key = 0; key < 20; key++) {
			emitter.outbox().emitAll(counted("key-" + key, 1, 100));
		}
		emitter.close();

		start(Writing.class);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events(), 20, 100)).isEmpty();
	}

	@Test
	void whatIsEmittedWhileTheWorkersAreStoppedIsDeliveredWhenTheyStart() {
		TestApplication application = start(Writing.class);
		application.outbox().emit(new Counted("a", 1));
		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(1));
		application.stop();
		application.outbox().emit(new Counted("a", 2));

		application.start();

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(1, 2));
	}

	private String only(String sql) {
		return this.tables.jdbc().sql(sql).query(String.class).optional().orElse("nothing");
	}

	private static Throwable causedByItself() {
		Mishap outer = new Mishap("outer");
		Mishap inner = new Mishap("inner");
		outer.initCause(inner);
		inner.initCause(outer);
		return outer;
	}

	@OutboxEvent(type = "nobody-takes-this", partitionKey = "key")
	record NobodyTakesThis(String key, int number) {
	}

	/**
	 * Which events fail: those of the numbers always, and each number below the size of
	 * what is thrown with that.
	 */
	record Faults(Set<Integer> always, List<Supplier<Throwable>> thrown) {

		void strike(Counted event) throws Throwable {
			if (this.always.contains(event.number())) {
				throw new Mishap("number " + event.number() + " fails");
			}
			if (event.number() < this.thrown.size()) {
				throw this.thrown.get(event.number()).get();
			}
		}

	}

	record Gate(CountDownLatch latch) {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Writing {

		@Bean
		Journal journal() {
			return new Journal();
		}

		@Bean
		Faults faults() {
			return new Faults(ConcurrentHashMap.newKeySet(), new ArrayList<>());
		}

		@Bean
		Writer writer(Ledger ledger, Journal journal, Faults faults) {
			return new Writer(ledger, journal, faults);
		}

	}

	record Writer(Ledger ledger, Journal journal, Faults faults) {

		@OutboxListener(consumer = "writer")
		void on(Counted event, EventMetadata metadata) throws Throwable {
			this.journal.note(event, metadata);
			this.ledger.write(event, metadata);
			this.faults.strike(event);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Writing.class)
	static class TakingTheRest {

		@Bean
		Rest rest(Ledger ledger) {
			return new Rest(ledger);
		}

	}

	record Rest(Ledger ledger) {

		@OutboxListener
		void on(NobodyTakesThis event, EventMetadata metadata) {
			this.ledger.write(new Counted(event.key(), event.number()), metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class OneTopic {

		@Bean
		Topical topical(Ledger ledger) {
			return new Topical(ledger);
		}

	}

	record Topical(Ledger ledger) {

		@OutboxListener(topics = "mine")
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Interrupting {

		@Bean
		Interrupter interrupter(Ledger ledger) {
			return new Interrupter(ledger);
		}

	}

	record Interrupter(Ledger ledger) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
			if (event.number() % 10 == 0) {
				Thread.currentThread().interrupt();
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class TwoConsumers {

		@Bean
		Faults faults() {
			return new Faults(ConcurrentHashMap.newKeySet(), new ArrayList<>());
		}

		@Bean
		Gate gate() {
			return new Gate(new CountDownLatch(1));
		}

		@Bean
		Both both(Ledger ledger, Faults faults, Gate gate) {
			return new Both(ledger, faults, gate);
		}

	}

	record Both(Ledger ledger, Faults faults, Gate gate) {

		@OutboxListener(consumer = "quick")
		void quick(Counted event, EventMetadata metadata) throws Throwable {
			this.ledger.write(event, metadata);
			this.faults.strike(event);
		}

		@OutboxListener(consumer = "slow")
		void slow(Counted event, EventMetadata metadata) throws InterruptedException {
			this.gate.latch().await();
			this.ledger.write(event, metadata);
		}

	}

	static class Unspeakable extends RuntimeException {

		private static final long serialVersionUID = 1L;

		@Override
		public String getMessage() {
			throw new IllegalStateException("no message for you");
		}

	}

}
