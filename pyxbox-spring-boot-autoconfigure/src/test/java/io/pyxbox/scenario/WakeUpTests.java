package io.pyxbox.scenario;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An event is delivered when it is committed, not when the next poll is due: here that
 * would be in an hour.
 */
class WakeUpTests extends Scenario {

	static final String RARE_POLLS = "pyxbox.poller.poll-interval=1h";

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void whateverIsEmittedIsDeliveredAtOnce() {
		TestApplication application = start(Plain.class, RARE_POLLS);
		TransactionalOutbox outbox = application.outbox();

		outbox.emit(new Counted("a", 1));
		soon().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(1));
		application.inTransaction(() -> {
			outbox.emit(new Counted("b", 2));
			application.transaction(TransactionDefinition.PROPAGATION_NESTED)
				.executeWithoutResult((status) -> outbox.emit(new Counted("c", 3)));
			application.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
				.executeWithoutResult((status) -> outbox.emit(new Counted("d", 4)));
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCommit(boolean readOnly) {
					outbox.emit(new Counted("e", 5));
				}

				@Override
				public void beforeCompletion() {
					outbox.emit(new Counted("f", 6));
				}

				@Override
				public void afterCommit() {
					outbox.emit(new Counted("g", 7));
				}

				@Override
				public void afterCompletion(int status) {
					outbox.emit(new Counted("h", 8));
				}

			});
		});

		soon().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8));
		soon().until(() -> this.tables.events() == 0);
	}

	@Test
	void whatListenersEmitIsDeliveredAtOnce() {
		TestApplication application = start(Chain.class, RARE_POLLS);

		application.outbox().emit(new Counted("a", 1));

		soon().untilAsserted(() -> assertThat(this.ledger.events("%link")).hasSize(2 * Chain.LENGTH));
		soon().until(() -> this.tables.events() == 0);
	}

	@Test
	void aBacklogIsDeliveredAtTheStart() {
		TestApplication application = prepare(Plain.class, RARE_POLLS, "pyxbox.poller.batch-size=10");
		for (int key = 0; key < 100; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 10));
		}

		application.start();

		soon().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events(), 100, 10)).isEmpty();
	}

	@Test
	void aRetryIsMadeWhenItIsDue() {
		TestApplication application = start(FailingOnce.class, RARE_POLLS, "pyxbox.retry.initial-interval=100ms");

		application.outbox().emitAll(counted("a", 1, 3));

		soon().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(1, 2, 3));
	}

	@Test
	void theSignalForABucketThatAnotherInstanceHasIsNotLost() throws Exception {
		TestApplication busy = start(Gated.class, RARE_POLLS);
		busy.outbox().emit(new Counted("a", 1));
		Gated.Listener gate = busy.bean(Gated.Listener.class);
		assertThat(gate.entered().await(20, TimeUnit.SECONDS)).isTrue();
		TestApplication other = start(Gated.class, RARE_POLLS);
		other.bean(Gated.Listener.class).latch().countDown();

		other.outbox().emitAll(counted("a", 2, 5));
		await().during(Duration.ofMillis(500)).until(() -> this.ledger.size() == 0);
		gate.latch().countDown();

		soon().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(1, 2, 3, 4, 5));
	}

	private static ConditionFactory soon() {
		return await().atMost(Duration.ofSeconds(10));
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Plain {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Chain {

		private static final int LENGTH = 60;

		@Bean
		Listener listener(Ledger ledger, TransactionalOutbox outbox) {
			return new Listener(ledger, outbox);
		}

		record Listener(Ledger ledger, TransactionalOutbox outbox) {

			@OutboxListener(consumer = "transactional-link")
			void transactional(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
				if (event.number() % 2 == 0 && event.number() < LENGTH) {
					this.outbox.emit(new Counted("key-" + event.number(), event.number() + 1));
				}
			}

			@OutboxListener(consumer = "outside-link", transactional = false)
			void outside(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
				if (event.number() % 2 == 1 && event.number() < LENGTH) {
					this.outbox.emit(new Counted("key-" + event.number(), event.number() + 1));
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class FailingOnce {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
				if (event.number() == 1 && metadata.attempt() == 1) {
					throw new Mishap();
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Gated {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger, new CountDownLatch(1), new CountDownLatch(1));
		}

		record Listener(Ledger ledger, CountDownLatch entered, CountDownLatch latch) {

			@OutboxListener
			void on(Counted event, EventMetadata metadata) throws InterruptedException {
				this.entered.countDown();
				this.latch.await();
				this.ledger.write(event, metadata);
			}

		}

	}

}
