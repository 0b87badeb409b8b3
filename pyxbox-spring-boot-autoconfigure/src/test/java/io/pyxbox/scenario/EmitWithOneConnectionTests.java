package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Emitting never takes a second connection while the caller's transaction holds one: a
 * pool of one connection is enough for all of it, delivery included.
 */
class EmitWithOneConnectionTests extends Scenario {

	@Test
	void emittingNeedsNoSecondConnection() {
		// Flyway takes two connections, so somebody else makes the tables.
		prepare(App.class).close();
		TestApplication application = start(App.class, "pyxbox.schema.mode=validate",
				"spring.datasource.hikari.maximum-pool-size=1", "spring.datasource.hikari.connection-timeout=3000",
				"pyxbox.poller.concurrency=1");
		TransactionalOutbox outbox = application.outbox();

		outbox.emit(new Counted("a", 1));
		application.inTransaction(() -> {
			outbox.emit(new Counted("a", 2));
			application.transaction(TransactionDefinition.PROPAGATION_NESTED)
				.executeWithoutResult((status) -> outbox.emit(new Counted("a", 3)));
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void beforeCommit(boolean readOnly) {
					outbox.emit(new Counted("a", 4));
				}

				@Override
				public void beforeCompletion() {
					outbox.emit(new Counted("a", 5));
				}

				@Override
				public void afterCommit() {
					outbox.emit(new Counted("a", 6));
				}

			});
		});
		outbox.emitAll(counted("a", 7, 8));

		await().untilAsserted(
				() -> assertThat(application.bean(Received.class).numbers()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8));
		await().until(() -> this.tables.events() == 0);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Received received() {
			return new Received(new CopyOnWriteArrayList<>());
		}

	}

	record Received(List<Integer> numbers) {

		@OutboxListener(transactional = false)
		void on(Counted event) {
			numbers().add(event.number());
		}

	}

}
