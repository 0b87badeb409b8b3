package io.pyxbox.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 4: a listener that is not transactional runs outside any transaction, is called
 * at least once, and its events do not wait for those of other keys.
 */
class AtLeastOnceOutsideTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void itRunsWithoutATransaction() {
		TestApplication application = start(Bare.class);

		application.outbox().emit(new Counted("a", 1));

		Found found = application.bean(Found.class);
		await().untilAsserted(() -> assertThat(found.seen()).isNotEmpty());
		assertThat(found.seen()).containsExactly("no transaction, no synchronization, no resources");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void eventsOfDifferentKeysAreHandledAtTheSameTime(boolean sameBucket) {
		TestApplication application = prepare(Meeting.class);
		List<String> keys = sameBucket ? keysOfOneBucket(application, 12)
				: range(1, 12).stream().map((i) -> "k" + i).toList();
		for (String key : keys) {
			application.outbox().emit(new Counted(key, 1));
		}

		application.start();

		Meeting.Point point = application.bean(Meeting.Point.class);
		await().atMost(Duration.ofSeconds(15))
			.untilAsserted(() -> assertThat(point.arrivals().getCount()).as("still missing").isZero());
		await().until(() -> this.tables.events() == 0);
	}

	@Test
	void eventsWithoutAKeyAreHandledAtTheSameTime() {
		TestApplication application = prepare(Meeting.class);
		for (int i = 0; i < 12; i++) {
			application.outbox().emit(new Counted(null, i));
		}

		application.start();

		Meeting.Point point = application.bean(Meeting.Point.class);
		await().atMost(Duration.ofSeconds(15))
			.untilAsserted(() -> assertThat(point.arrivals().getCount()).as("still missing").isZero());
	}

	@Test
	void eventsOfOneKeyAreHandledOneAfterTheOther() {
		TestApplication application = prepare(Plain.class);
		for (int key = 0; key < 10; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 100));
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		Plain.Listener listener = application.bean(Plain.Listener.class);
		assertThat(listener.overlaps()).hasValue(0);
		for (int key = 0; key < 10; key++) {
			assertThat(listener.journal().numbers("key-" + key)).isEqualTo(range(1, 100));
		}
	}

	@Test
	void aFailingKeyHoldsBackOnlyItself() {
		TestApplication application = prepare(Plain.class, "pyxbox.retry.max-attempts=3",
				"pyxbox.retry.initial-interval=500ms", "pyxbox.retry.max-interval=500ms", "pyxbox.retry.jitter=0");
		List<String> keys = keysOfOneBucket(application, 2);
		String bad = keys.get(0);
		String good = keys.get(1);
		Plain.Listener listener = application.bean(Plain.Listener.class);
		listener.failing().add(1);
		application.outbox().emitAll(counted(bad, 1, 5));
		application.outbox().emitAll(counted(good, 11, 15));

		application.start();

		await().untilAsserted(() -> assertThat(listener.journal().numbers(good)).isEqualTo(range(11, 15)));
		assertThat(listener.journal().numbers(bad)).containsOnly(1);
		await().until(() -> this.tables.events() == 0);
		assertThat(listener.journal().numbers(bad)).containsExactly(1, 1, 1, 2, 3, 4, 5);
		assertThat(listener.journal().numbers(good)).isEqualTo(range(11, 15));
		assertThat(this.tables.deadLetters()).singleElement()
			.satisfies((dead) -> assertThat(dead.number()).isEqualTo("1"));
	}

	@Test
	void eachAttemptHasTheSameEventIdAndTheNextNumber() {
		TestApplication application = start(Plain.class, "pyxbox.retry.max-attempts=4");
		Plain.Listener listener = application.bean(Plain.Listener.class);
		listener.failing().add(7);

		EventId id = application.outbox().emit(new Counted("a", 7));

		await().until(() -> this.tables.events() == 0);
		assertThat(listener.journal().calls()).hasSize(4).allSatisfy((call) -> assertThat(call.id()).isEqualTo(id));
		assertThat(listener.journal().calls()).extracting(Journal.Call::attempt).containsExactly(1, 2, 3, 4);
	}

	@Test
	void theNeighboursOfAFailingEventAreNotCalledAgain() {
		TestApplication application = prepare(Plain.class, "pyxbox.retry.max-attempts=3");
		Plain.Listener listener = application.bean(Plain.Listener.class);
		listener.failing().add(17);
		List<String> keys = keysOfOneBucket(application, 50);
		for (int i = 0; i < 50; i++) {
			application.outbox().emit(new Counted(keys.get(i), i + 1));
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(listener.journal().numbers()).hasSize(52);
		assertThat(listener.journal().callsOf(17)).hasSize(3);
	}

	@Test
	void whatItEmitsIsStoredAtOnce() {
		TestApplication application = start(Emitting.class, "pyxbox.retry.max-attempts=1");

		application.outbox().emit(new Counted("a", 1));

		await().untilAsserted(() -> assertThat(this.tables.deadLetters()).hasSize(1));
		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(2));
	}

	@Test
	void cuttingTheConnectionsLosesNothingAndKeepsTheOrder() {
		TestApplication application = prepare(Plain.class, "pyxbox.poller.batch-size=20",
				"pyxbox.retry.max-attempts=100");
		for (int key = 0; key < 10; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 300));
		}
		Plain.Listener listener = application.bean(Plain.Listener.class);
		application.start();

		for (int cut = 1; cut <= 5; cut++) {
			int soFar = cut * 500;
			await().until(() -> listener.journal().calls().size() > soFar);
			this.tables.terminateOtherBackends();
		}

		await().until(() -> this.tables.events() == 0);
		for (int key = 0; key < 10; key++) {
			List<Integer> firstTimes = listener.journal().numbers("key-" + key).stream().distinct().toList();
			assertThat(firstTimes).isEqualTo(range(1, 300));
		}
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void itIsCalledNoMoreOftenAtTheSameTimeThanItAllows() {
		TestApplication application = prepare(Limited.class, "pyxbox.poller.concurrency=4");
		for (int i = 0; i < 200; i++) {
			application.outbox().emit(new Counted("key-" + i, i));
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		Limited.Listener listener = application.bean(Limited.Listener.class);
		assertThat(listener.one().most()).hasValue(1);
		assertThat(listener.three().most()).hasValueBetween(2, 3);
		assertThat(listener.transactional().most()).hasValueBetween(1, 2);
	}

	record Found(List<String> seen) {

		@OutboxListener(transactional = false)
		void on(Counted event) {
			this.seen.add((TransactionSynchronizationManager.isActualTransactionActive() ? "transaction, "
					: "no transaction, ")
					+ (TransactionSynchronizationManager.isSynchronizationActive() ? "synchronization, "
							: "no synchronization, ")
					+ (TransactionSynchronizationManager.getResourceMap().isEmpty() ? "no resources" : "resources"));
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Bare {

		@Bean
		Found found() {
			return new Found(new CopyOnWriteArrayList<>());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Meeting {

		@Bean
		Point point() {
			return new Point(new CountDownLatch(12));
		}

		/**
		 * Where twelve calls meet, or all of them fail.
		 */
		record Point(CountDownLatch arrivals) {

			@OutboxListener(transactional = false)
			void on(Counted event) throws InterruptedException {
				this.arrivals.countDown();
				if (!this.arrivals.await(20, TimeUnit.SECONDS)) {
					throw new Mishap("alone");
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Plain {

		@Bean
		Listener listener() {
			return new Listener(new Journal(), ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet(),
					new AtomicInteger());
		}

		record Listener(Journal journal, Set<Integer> failing, Set<String> busy, AtomicInteger overlaps) {

			@OutboxListener(transactional = false)
			void on(Counted event, EventMetadata metadata) {
				if (!this.busy.add(event.key())) {
					this.overlaps.incrementAndGet();
				}
				this.journal.note(event, metadata);
				Thread.yield();
				this.busy.remove(event.key());
				if (this.failing.contains(event.number())) {
					throw new Mishap("number " + event.number() + " fails");
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Emitting {

		@Bean
		Listener listener(TransactionalOutbox outbox, Ledger ledger) {
			return new Listener(outbox, ledger);
		}

		record Listener(TransactionalOutbox outbox, Ledger ledger) {

			@OutboxListener(transactional = false)
			void on(Counted event, EventMetadata metadata) {
				if (event.number() == 1) {
					this.outbox.emit(new Counted("b", 2));
					throw new Mishap();
				}
				this.ledger.write(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Limited {

		@Bean
		Listener listener() {
			return new Listener(new Gauge(), new Gauge(), new Gauge());
		}

		record Listener(Gauge one, Gauge three, Gauge transactional) {

			@OutboxListener(transactional = false, concurrency = 1)
			void one(Counted event) {
				this.one.pass();
			}

			@OutboxListener(transactional = false, concurrency = 3)
			void three(Counted event) {
				this.three.pass();
			}

			@OutboxListener(concurrency = 2)
			void transactional(Counted event) {
				this.transactional.pass();
			}

		}

		/**
		 * Counts how many are inside at the same time, and keeps each there for a moment.
		 */
		record Gauge(AtomicInteger now, AtomicInteger most) {

			Gauge() {
				this(new AtomicInteger(), new AtomicInteger());
			}

			void pass() {
				this.most.accumulateAndGet(this.now.incrementAndGet(), Math::max);
				LockSupport.parkNanos(2_000_000);
				this.now.decrementAndGet();
			}

		}

	}

}
