package io.pyxbox.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.EventEnvelope;
import io.pyxbox.InboxHandler;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Programs that pull in a loop: failures, outages, and the stop (promises 2, 5 and 10).
 */
class ConsumeTests extends Scenario {

	private TestApplication application;

	private TransactionalInbox inbox;

	@BeforeEach
	void startApplication() {
		this.ledger.create();
		this.application = start(App.class, "pyxbox.retry.max-attempts=3");
		this.inbox = this.application.bean(TransactionalInbox.class);
	}

	@Test
	void eventsAreHandledAsTheyComeAndInTheirOrder() {
		consume(3, this::write);

		for (int i = 1; i <= 20; i++) {
			this.application.outbox().emitAll(List.of(new Counted("a", i), new Counted("b", i)));
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events(), 2, 20)).isEmpty();
	}

	@Test
	void anEventThatIsEmittedHereIsHandledAtOnce() throws Exception {
		TestApplication patient = start(App.class, "pyxbox.poller.poll-interval=1h");
		CountDownLatch handled = new CountDownLatch(1);
		Future<?> loop = this.threads
			.submit(() -> patient.bean(TransactionalInbox.class).consume((event) -> handled.countDown()));
		await().until(() -> this.tables.count("events_consumer") > 0);

		patient.outbox().emit(new Counted("a", 1));

		assertThat(handled.await(20, TimeUnit.SECONDS)).isTrue();
		patient.close();
		loop.get(20, TimeUnit.SECONDS);
	}

	@Test
	void anEventThatFailsIsTriedAgainAndHoldsBackItsKey() {
		Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
		this.application.outbox().emitAll(List.of(new Counted("a", 1), new Counted("a", 2), new Counted("b", 1)));

		consume(1, (event) -> {
			write(event);
			if (event.event().equals(new Counted("a", 1))) {
				attempts.add(event.metadata().attempt());
				if (event.metadata().attempt() < 3) {
					throw new Mishap();
				}
			}
		});

		await().until(() -> this.tables.events() == 0);
		assertThat(attempts).containsExactly(1, 2, 3);
		assertThat(this.ledger.events()).containsExactly(new Counted("b", 1), new Counted("a", 1), new Counted("a", 2));
		assertThat(this.tables.retries()).isZero();
	}

	@Test
	void afterTheLastAttemptItIsADeadLetterAndCanBeRedriven() {
		AtomicBoolean mended = new AtomicBoolean();
		this.application.outbox().emitAll(counted("a", 1, 3));

		consume(2, (event) -> {
			write(event);
			if (event.event().equals(new Counted("a", 1)) && !mended.get()) {
				throw new Mishap();
			}
		});

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(2, 3);
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.consumer()).isEqualTo("inbox");
			assertThat(dead.attempts()).isEqualTo(3);
			assertThat(dead.errorMessage()).isEqualTo("a mishap");
		});
		mended.set(true);
		this.application.bean(DeadLetters.class)
			.redrive(DeadLetterFilter.all().withConsumer(new ConsumerId(TransactionalInbox.DEFAULT_CONSUMER)));
		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(2, 3, 1);
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	@Test
	void whoPullsByHandLeavesAloneWhatWaitsForItsNextAttempt() {
		TestApplication patient = start(App.class, "pyxbox.retry.initial-interval=1h", "pyxbox.retry.max-interval=1h");
		TransactionalInbox other = patient.bean(TransactionalInbox.class);
		this.application.outbox().emitAll(List.of(new Counted("a", 1), new Counted("a", 2), new Counted("b", 1)));
		Future<?> loop = this.threads.submit(() -> other.consume((event) -> {
			throw new Mishap();
		}));
		await().until(() -> this.tables.retries() == 2);
		patient.close();
		result(loop);

		assertThat(this.inbox.next(this::write)).isFalse();

		this.tables.execute("update events_retry set next_attempt_at = clock_timestamp() where partition_key = 'a'");
		assertThat(this.inbox.take(10, (events) -> events.forEach(this::write))).isOne();
		assertThat(this.inbox.take(10, (events) -> events.forEach(this::write))).isOne();
		assertThat(this.ledger.events()).containsExactly(new Counted("a", 1), new Counted("a", 2));
		assertThat(this.tables.retries()).isOne();
	}

	@Test
	void aTransactionThatOnlyRollsBackCountsAsFailed() {
		this.application.outbox().emit(new Counted("a", 1));

		consume(1, (event) -> {
			write(event);
			this.application.transaction().executeWithoutResult((status) -> status.setRollbackOnly());
		});

		await().until(() -> this.tables.count("events_dead_letter") == 1);
		assertThat(this.ledger.size()).isZero();
	}

	@Test
	void sessionsThatAreEndedLoseAndDoubleNothing() {
		consume(4, this::write);

		for (int round = 1; round <= 10; round++) {
			for (int key = 0; key < 10; key++) {
				this.application.outbox().emit(new Counted("key-" + key, round));
			}
			if (round % 3 == 0) {
				this.tables.jdbc().sql("""
						select count(pg_terminate_backend(pid)) from pg_stat_activity
						where datname = current_database() and pid <> pg_backend_pid() and query like '%pyxbox.pulled%'
						""").query(Integer.class).single();
			}
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events(), 10, 10)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void onTheStopTheEventUnderWayEndsAndNothingNewBegins() throws Exception {
		CountDownLatch entered = new CountDownLatch(1);
		CountDownLatch gate = new CountDownLatch(1);
		this.application.outbox().emitAll(counted("a", 1, 5));
		Future<?> loop = this.threads.submit(() -> this.inbox.consume((event) -> {
			entered.countDown();
			gate.await();
			write(event);
		}));
		assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();

		Future<?> stopping = this.threads.submit(this.application::stop);
		await().during(Duration.ofMillis(300)).until(stopping::isDone, Predicate.isEqual(false));
		gate.countDown();
		stopping.get(20, TimeUnit.SECONDS);
		loop.get(20, TimeUnit.SECONDS);

		assertThat(this.ledger.numbers()).containsExactly(1);
		assertThat(this.tables.numbers()).containsExactly(2, 3, 4, 5);
		assertThat(this.tables.advisoryLocks()).isZero();
		assertThat(this.tables.retries()).isZero();
	}

	@Test
	void aHandlerThatDoesNotEndInTimeIsInterruptedAndItsEventStays() throws Exception {
		TestApplication hurried = start(App.class, "pyxbox.poller.shutdown-timeout=200ms");
		CountDownLatch entered = new CountDownLatch(1);
		AtomicBoolean interruptedAfterwards = new AtomicBoolean();
		hurried.outbox().emit(new Counted("a", 1));
		Future<?> loop = this.threads.submit(() -> {
			hurried.bean(TransactionalInbox.class).consume((event) -> {
				new Ledger(hurried.jdbc()).write((Counted) event.event(), event.metadata());
				entered.countDown();
				new CountDownLatch(1).await();
			});
			interruptedAfterwards.set(Thread.currentThread().isInterrupted());
		});
		assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();

		hurried.stop();
		loop.get(20, TimeUnit.SECONDS);

		assertThat(interruptedAfterwards).isFalse();
		assertThat(this.ledger.size()).isZero();
		assertThat(this.tables.numbers()).containsExactly(1);
		assertThat(this.tables.retries()).isZero();
	}

	@Test
	void whoInterruptsTheThreadEndsTheLoop() throws Exception {
		CountDownLatch entered = new CountDownLatch(1);
		CountDownLatch gone = new CountDownLatch(1);
		AtomicBoolean stillInterrupted = new AtomicBoolean();
		this.application.outbox().emit(new Counted("a", 1));
		Future<?> loop = this.threads.submit(() -> {
			this.inbox.consume((event) -> {
				write(event);
				entered.countDown();
			});
			stillInterrupted.set(Thread.interrupted());
			gone.countDown();
		});
		assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
		await().until(() -> this.tables.events() == 0);

		loop.cancel(true);

		assertThat(gone.await(20, TimeUnit.SECONDS)).isTrue();
		assertThat(stillInterrupted).isTrue();
	}

	@Test
	void loopsCanBeginAgainAfterARestart() {
		this.application.stop();
		this.application.outbox().emit(new Counted("a", 1));
		this.inbox.consume(this::write);
		assertThat(this.ledger.size()).as("stopped").isZero();

		this.application.start();
		consume(1, this::write);

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(1);
	}

	@Test
	void aKilledProcessLosesAndDoublesNothing() throws Exception {
		for (int key = 0; key < 20; key++) {
			this.application.outbox().emitAll(counted("key-" + key, 1, 50));
		}
		for (int kill = 1; kill <= 2; kill++) {
			ChildJvm child = startChild(Consuming.class);
			int before = this.ledger.size();
			await().atMost(Duration.ofSeconds(60)).until(() -> this.ledger.size() > before + 50);
			child.kill();
		}
		assertThat(this.tables.events()).isPositive();

		consume(3, this::write);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events(), 20, 50)).isEmpty();
	}

	@Test
	void aProcessThatIsAskedToEndDoesSoInOrder() throws Exception {
		for (int key = 0; key < 20; key++) {
			this.application.outbox().emitAll(counted("key-" + key, 1, 50));
		}
		ChildJvm child = startChild(Consuming.class);
		await().atMost(Duration.ofSeconds(60)).until(() -> this.ledger.size() > 20);

		child.terminate();

		assertThat(this.tables.advisoryLocks()).isZero();
		assertThat(this.ledger.size() + this.tables.events()).isEqualTo(1000);
	}

	private void consume(int threads, InboxHandler<EventEnvelope<Object>, ?> handler) {
		for (int i = 0; i < threads; i++) {
			this.threads.submit(() -> this.inbox.consume(handler));
		}
	}

	private void write(EventEnvelope<?> event) {
		new Ledger(this.application.jdbc()).write((Counted) event.event(), event.metadata());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

	/**
	 * Pulls in three threads, as long as it lives.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Consuming {

		@Bean
		SmartLifecycle loops(TransactionalInbox inbox, JdbcClient jdbc) {
			Ledger ledger = new Ledger(jdbc);
			return new SmartLifecycle() {

				private volatile boolean running;

				@Override
				public void start() {
					this.running = true;
					for (int i = 0; i < 3; i++) {
						new Thread(() -> inbox.consume((event) -> {
							ledger.write((Counted) event.event(), event.metadata());
							jdbc.sql("select pg_sleep(0.005)").query().singleColumn();
						})).start();
					}
				}

				@Override
				public void stop() {
					this.running = false;
				}

				@Override
				public boolean isRunning() {
					return this.running;
				}

			};
		}

	}

}
