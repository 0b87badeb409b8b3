package io.pyxbox.scenario;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 2 where ids mislead: a transaction that commits after later ids were delivered
 * is not overlooked.
 */
class LateCommitTests extends Scenario {

	private static final Duration PROMPTLY = Duration.ofSeconds(5);

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void aLateCommitOfThisInstanceIsDeliveredPromptly() throws Exception {
		TestApplication application = start(App.class);

		commitLate(application, application);
	}

	@Test
	void aLateCommitOfThisInstanceIsDeliveredByItsWakeUpAlone() throws Exception {
		TestApplication application = start(App.class, "pyxbox.poller.poll-interval=1h");

		commitLate(application, application);
	}

	@Test
	void aLateCommitOfAnotherInstanceIsDeliveredPromptly() throws Exception {
		TestApplication emitter = prepare(App.class);
		TestApplication application = start(App.class);

		commitLate(emitter, application);
	}

	@Test
	void manyLateCommitsAreDeliveredInTheOrderOfTheirKeys() throws Exception {
		TestApplication emitter = prepare(App.class, "spring.datasource.hikari.maximum-pool-size=20");
		start(App.class);
		CountDownLatch go = new CountDownLatch(1);
		CountDownLatch inserted = new CountDownLatch(15);
		var late = java.util.stream.IntStream.range(0, 15)
			.<Future<?>>mapToObj((i) -> this.threads.submit(() -> emitter.inTransaction(() -> {
				emitter.outbox().emitAll(counted("late-" + i, 1, 10));
				whenInserted(inserted, go);
			})))
			.toList();
		assertThat(inserted.await(20, TimeUnit.SECONDS)).isTrue();
		for (int round = 0; round < 10; round++) {
			int from = round * 100 + 1;
			for (int key = 0; key < 20; key++) {
				emitter.outbox().emitAll(counted("key-" + key, from / 10 + 1, from / 10 + 10));
			}
		}
		await().untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo(2000));

		go.countDown();
		for (Future<?> one : late) {
			one.get(20, TimeUnit.SECONDS);
		}

		await().atMost(PROMPTLY).untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo(2150));
		assertThat(OrderPerKey.violations(
				this.ledger.events().stream().filter((event) -> event.key().startsWith("late")).toList(), 15, 10))
			.isEmpty();
		await().until(() -> this.tables.events() == 0);
	}

	private void commitLate(TestApplication emitter, TestApplication deliverer) throws Exception {
		String key = "a";
		CountDownLatch go = new CountDownLatch(1);
		CountDownLatch inserted = new CountDownLatch(1);
		Future<?> late = this.threads.submit(() -> emitter.inTransaction(() -> {
			emitter.outbox().emit(new Counted(key, 0));
			whenInserted(inserted, go);
		}));
		assertThat(inserted.await(20, TimeUnit.SECONDS)).isTrue();
		// Enough rounds for everything that remembers how far it has come to have gone
		// on.
		for (int round = 0; round < 8; round++) {
			int from = round * 100 + 1;
			deliverer.outbox().emitAll(counted(key, from, from + 99));
			await().untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo(from + 99));
		}
		assertThat(late.isDone()).isFalse();

		go.countDown();
		late.get(20, TimeUnit.SECONDS);

		await().atMost(PROMPTLY).untilAsserted(() -> assertThat(this.ledger.numbers()).hasSize(801).endsWith(800, 0));
		await().until(() -> this.tables.events() == 0);
	}

	/**
	 * Keeps the transaction open at its end, where its events have ids and are not yet
	 * visible.
	 */
	private static void whenInserted(CountDownLatch inserted, CountDownLatch go) {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void beforeCompletion() {
				inserted.countDown();
				try {
					go.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}

		});
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Writer writer(Ledger ledger) {
			return new Writer(ledger);
		}

	}

	record Writer(Ledger ledger) {

		@OutboxListener
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

}
