package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.dispatch.OutboxPoller;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 2 while versions of an application run side by side: an instance keeps events
 * for consumers that it has never heard of.
 */
class RollingDeploymentTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void anOldInstanceKeepsTheEventsOfAConsumerThatANewOneHasBrought() {
		TestApplication old = start(Old.class);
		old.outbox().emit(new Counted("before", 0));
		await().until(() -> this.tables.events() == 0);
		// The new one has started, but does not deliver yet.
		TestApplication next = prepare(New.class);

		for (int key = 0; key < 10; key++) {
			old.outbox().emitAll(counted("key-" + key, 1, 100));
		}

		await().until(() -> this.ledger.events("first").size() == 1_001);
		assertThat(this.tables.events()).isEqualTo(1_000);
		next.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("second"), 10, 100)).isEmpty();
	}

	@Test
	void eventsStayForAConsumerWhoseInstancesAreAllDown() {
		start(New.class).close();
		TestApplication old = start(Old.class);
		old.outbox().emitAll(counted("a", 1, 10));
		await().until(() -> this.ledger.events("first").size() == 10);

		TestApplication again = start(New.class);

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("second")).hasSize(10);
		assertThat(again.jdbc().sql("select consumer from events_consumer order by 1").query(String.class).list())
			.isEqualTo(List.of("first", "second"));
	}

	@Test
	void registrationsOfManyInstancesAtOnceDoNotCollide() {
		// Not started at once: Spring Boot's logging cannot be initialized twice at a
		// time.
		List<OutboxPoller> instances = Stream.of(Old.class, New.class, Old.class, New.class)
			.map((version) -> prepare(version).bean(OutboxPoller.class))
			.toList();
		for (int round = 0; round < 20; round++) {
			this.tables.execute("delete from events_consumer");
			CyclicBarrier together = new CyclicBarrier(instances.size());

			List<? extends Future<?>> registrations = instances.stream().map((instance) -> this.threads.submit(() -> {
				together.await();
				instance.registerConsumers();
				return null;
			})).toList();
			registrations.forEach(Scenario::result);

			assertThat(this.tables.count("events_consumer")).isEqualTo(2);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Old {

		@Bean
		First first(Ledger ledger) {
			return new First(ledger);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Old.class)
	static class New {

		@Bean
		Second second(Ledger ledger) {
			return new Second(ledger);
		}

	}

	record First(Ledger ledger) {

		@OutboxListener(consumer = "first")
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

	record Second(Ledger ledger) {

		@OutboxListener(consumer = "second")
		void on(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

}
