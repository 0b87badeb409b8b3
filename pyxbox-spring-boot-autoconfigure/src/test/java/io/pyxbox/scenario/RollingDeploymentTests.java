package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import io.pyxbox.EmitOptions;
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
	void anOldInstanceKeepsTheEventsOfAPublisherThatANewOneHasBrought() {
		TestApplication old = start(Old.class);
		emit(old, "orders-eu", counted("before", 0, 0));
		await().until(() -> this.tables.events() == 0);
		// The new one has started, but does not deliver yet.
		TestApplication next = prepare(Publishing.class, "pyxbox.publish.routes[0].topic=orders-*");
		RecordingPublisher publisher = next.bean(RecordingPublisher.class);

		for (int key = 0; key < 10; key++) {
			emit(old, "orders-eu", counted("key-" + key, 1, 100));
			emit(old, "returns", counted("key-" + key, 101, 110));
		}

		await().until(() -> this.ledger.events("first").size() == 1_101);
		await().until(() -> this.tables.events() == 1_000);
		next.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(publisher.events(), 10, 100)).isEmpty();
	}

	@Test
	void eventsStayForAPublisherWhoseInstancesAreAllDownAlsoIfTheirTypeIsNewToo() {
		start(Publishing.class, "pyxbox.publish.routes[0].topic=orders-*").close();
		TestApplication old = start(Old.class);
		emit(old, "orders-eu", counted("a", 1, 10));
		this.tables.execute("update events set type = 'of-tomorrow' where id = (select max(id) from events)");
		await().until(() -> this.ledger.events("first").size() >= 9);

		TestApplication again = start(Publishing.class, "pyxbox.publish.routes[0].topic=orders-*");

		await().until(() -> again.bean(RecordingPublisher.class).received().size() == 10);
	}

	private static void emit(TestApplication application, String topic, List<Counted> events) {
		application.inTransaction(
				() -> events.forEach((event) -> application.outbox().emit(event, EmitOptions.none().withTopic(topic))));
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

	@Configuration(proxyBeanMethods = false)
	@Import(Old.class)
	static class Publishing {

		@Bean
		RecordingPublisher broker() {
			return new RecordingPublisher();
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
