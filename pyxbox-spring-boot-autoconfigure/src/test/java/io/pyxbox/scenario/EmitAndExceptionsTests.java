package io.pyxbox.scenario;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Promise 1 where an exception does not say what became of the transaction.
 */
class EmitAndExceptionsTests extends EmitScenario {

	EmitAndExceptionsTests() {
		// Only what is told of by its transaction is delivered soon.
		super(App.class, "pyxbox.poller.poll-interval=1h", "logging.level.org.springframework.transaction=off");
	}

	@Test
	void aTransactionThatCommitsInSpiteOfAnExceptionHasItsEvents() {
		Service service = this.application.bean(Service.class);

		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> service.commitAndThrow(this.shop));

		assertOrdersAndEvents("committed");
	}

	@Test
	void aTransactionThatRollsBackBecauseOfACheckedExceptionHasNone() {
		Service service = this.application.bean(Service.class);

		assertThatExceptionOfType(Exception.class).isThrownBy(() -> service.rollBackAndThrow(this.shop));

		assertOrdersAndEvents();
	}

	@Test
	void anExceptionAfterTheCommitLeavesTheEventsAndTheyAreDeliveredAtOnce() {
		for (int order : new int[] { Ordered.HIGHEST_PRECEDENCE, 0, Ordered.LOWEST_PRECEDENCE }) {
			assertThatExceptionOfType(Mishap.class).isThrownBy(() -> this.application.inTransaction(() -> {
				TransactionSynchronizationManager.registerSynchronization(new Hook(order) {

					@Override
					public void afterCommit() {
						throw new Mishap();
					}

				});
				// Each in a bucket of its own: nobody else's signal is theirs.
				this.application.outbox().emit(new Counted("key " + order, order));
			}));
		}

		Listener listener = this.application.bean(Listener.class);
		Scenario.await()
			.untilAsserted(() -> assertThat(listener.received()).containsExactlyInAnyOrder(Ordered.HIGHEST_PRECEDENCE,
					0, Ordered.LOWEST_PRECEDENCE));
	}

	@Test
	void exceptionsWhileATransactionCompletesDoNotChangeItsFate() {
		for (boolean rollback : new boolean[] { false, true }) {
			this.application.inTransaction((status) -> {
				this.shop.order("rollback: " + rollback);
				TransactionSynchronizationManager.registerSynchronization(new Hook(0) {

					@Override
					public void beforeCompletion() {
						throw new Mishap();
					}

					@Override
					public void afterCompletion(int completion) {
						throw new Mishap();
					}

				});
				if (rollback) {
					status.setRollbackOnly();
				}
			});
		}

		assertOrdersAndEvents("rollback: false");
	}

	@Test
	void whatAnotherThreadEmitsIsNotPartOfTheTransaction() {
		this.application.inTransaction((status) -> {
			this.shop.order("rolled back");
			CompletableFuture.runAsync(() -> this.shop.order("of another thread"))
				.orTimeout(20, TimeUnit.SECONDS)
				.join();
			status.setRollbackOnly();
		});

		assertOrdersAndEvents("of another thread");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Service service() {
			return new Service();
		}

		@Bean
		Listener listener() {
			return new Listener(new CopyOnWriteArrayList<>());
		}

	}

	static class Service {

		@Transactional(noRollbackFor = Mishap.class)
		public void commitAndThrow(Shop shop) {
			shop.order("committed");
			throw new Mishap();
		}

		@Transactional(rollbackFor = Exception.class)
		public void rollBackAndThrow(Shop shop) throws Exception {
			shop.order("rolled back");
			throw new Exception("checked");
		}

	}

	record Listener(CopyOnWriteArrayList<Integer> received) {

		@OutboxListener
		void on(Counted event) {
			this.received.add(event.number());
		}

	}

}
