package io.pyxbox.scenario;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 10: on shutdown nothing new is claimed, what is in flight finishes or rolls
 * back, and a clean stop causes no duplicate.
 */
class CleanStopTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@ParameterizedTest
	@ValueSource(strings = { "transactional", "outside" })
	void whatIsInFlightFinishesAndLeavesNothingBehind(String consumer) throws Exception {
		TestApplication application = start(Gated.class, "consumer=" + consumer);
		application.outbox().emitAll(counted("a", 1, 5));
		Gate gate = application.bean(Gate.class);
		assertThat(gate.entered().await(20, TimeUnit.SECONDS)).isTrue();

		Future<?> stopping = this.threads.submit(application::stop);
		await().during(Duration.ofMillis(500)).until(stopping::isDone, Predicate.isEqual(false));
		gate.latch().countDown();
		stopping.get(20, TimeUnit.SECONDS);

		assertThat(this.tables.advisoryLocks()).isZero();
		assertThat(this.ledger.numbers()).contains(1).doesNotHaveDuplicates();
		assertThat(this.tables.numbers()).doesNotContainAnyElementsOf(this.ledger.numbers());
		assertThat(this.tables.retries()).isZero();
		application.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(1, 2, 3, 4, 5);
		assertThat(gate.calls()).hasValue(5);
	}

	@ParameterizedTest
	@ValueSource(strings = { "transactional", "outside" })
	void whatDoesNotFinishInTimeIsNotLost(String consumer) throws Exception {
		TestApplication application = start(Gated.class, "consumer=" + consumer, "pyxbox.poller.shutdown-timeout=1s");
		application.outbox().emitAll(counted("a", 1, 5));
		Gate gate = application.bean(Gate.class);
		assertThat(gate.entered().await(20, TimeUnit.SECONDS)).isTrue();

		Future<?> closing = this.threads.submit(application::close);
		closing.get(20, TimeUnit.SECONDS);

		await().untilAsserted(() -> assertThat(this.tables.advisoryLocks()).isZero());
		assertThat(this.tables.numbers()).containsExactly(1, 2, 3, 4, 5);
		TestApplication next = start(Gated.class, "consumer=" + consumer);
		next.bean(Gate.class).latch().countDown();
		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(1, 2, 3, 4, 5);
	}

	@Test
	void nothingIsClaimedAfterTheStop() {
		TestApplication application = start(Both.class);
		application.outbox().emit(new Counted("a", 1));
		await().until(() -> this.tables.events() == 0);

		application.stop();
		application.outbox().emit(new Counted("a", 2));

		await().during(Duration.ofMillis(700)).until(this.tables::events, Predicate.isEqual(1));
		assertThat(this.ledger.numbers()).containsOnly(1);
		assertThat(this.tables.advisoryLocks()).isZero();
	}

	@Test
	void theWorkersCanBeStoppedAndStartedTwentyTimesUnderLoad() throws Exception {
		TestApplication application = start(Both.class);
		AtomicBoolean enough = new AtomicBoolean();
		Future<Integer> load = this.threads.submit(() -> {
			int perKey = 0;
			while (!enough.get()) {
				int next = ++perKey;
				application.inTransaction(() -> {
					for (int key = 0; key < 20; key++) {
						application.outbox().emit(new Counted("key-" + key, next));
					}
				});
			}
			return perKey;
		});

		for (int i = 0; i < 20; i++) {
			int already = this.ledger.size();
			await().until(() -> this.ledger.size() > already);
			application.stop();
			assertThat(this.tables.advisoryLocks()).isZero();
			int stopped = this.ledger.size();
			assertThat(this.ledger.size()).isEqualTo(stopped);
			application.start();
		}
		enough.set(true);
		int perKey = load.get(20, TimeUnit.SECONDS);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), 20, perKey)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("outside"), 20, perKey)).isEmpty();
	}

	@Test
	void closingUnderLoadCausesNoDuplicateInTheNextProcess() {
		TestApplication emitter = prepare(Both.class);
		for (int key = 0; key < 20; key++) {
			emitter.outbox().emitAll(counted("key-" + key, 1, 150));
		}
		for (int i = 1; i <= 3; i++) {
			int enough = i * 600;
			TestApplication application = start(Both.class);
			await().until(() -> this.ledger.size() > enough);
			application.close();
			int closed = this.ledger.size();
			assertThat(this.tables.advisoryLocks()).isZero();
			assertThat(this.ledger.size()).isEqualTo(closed);
		}

		start(Both.class);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), 20, 150)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("outside"), 20, 150)).isEmpty();
	}

	@Test
	void stoppingTwiceAndStartingTwiceDoNoHarm() {
		TestApplication application = start(Both.class);

		application.stop();
		application.stop();
		application.start();
		application.start();
		application.outbox().emitAll(counted("a", 1, 10));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("transactional")).hasSize(10);
		assertThat(this.ledger.events("outside")).hasSize(10);
	}

	record Gate(CountDownLatch entered, CountDownLatch latch, AtomicInteger calls) {

		void pass() throws InterruptedException {
			this.calls.incrementAndGet();
			this.entered.countDown();
			this.latch.await();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Gated {

		@Bean
		Gate gate() {
			return new Gate(new CountDownLatch(1), new CountDownLatch(1), new AtomicInteger());
		}

		@Bean
		@ConditionalOnProperty(name = "consumer", havingValue = "transactional")
		GatedListener transactional(Ledger ledger, Gate gate) {
			return new GatedListener(ledger, gate);
		}

		@Bean
		@ConditionalOnProperty(name = "consumer", havingValue = "outside")
		GatedOutsideListener outside(Ledger ledger, Gate gate) {
			return new GatedOutsideListener(ledger, gate);
		}

	}

	record GatedListener(Ledger ledger, Gate gate) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) throws InterruptedException {
			this.gate.pass();
			this.ledger.write(event, metadata);
		}

	}

	record GatedOutsideListener(Ledger ledger, Gate gate) {

		@OutboxListener(transactional = false)
		void on(Counted event, EventMetadata metadata) throws InterruptedException {
			this.gate.pass();
			this.ledger.write(event, metadata);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Both {

		@Bean
		BothListener listener(Ledger ledger) {
			return new BothListener(ledger);
		}

	}

	record BothListener(Ledger ledger) {

		@OutboxListener(consumer = "transactional")
		void transactional(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

		@OutboxListener(consumer = "outside", transactional = false)
		void outside(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

}
