package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;

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
 * Promise 6: a slow, paused or failing consumer never delays another.
 */
class ConsumersAreIndependentTests extends Scenario {

	private static final Duration AT_SPEED = Duration.ofSeconds(10);

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@ParameterizedTest
	@ValueSource(strings = { "pyxbox.poller.concurrency=4", "pyxbox.poller.batch-size=100" })
	void aConsumerThatHangsDelaysNobody(String property) {
		TestApplication application = start(Hanging.class, property);

		for (int key = 0; key < 200; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 5));
		}

		await().atMost(AT_SPEED).untilAsserted(() -> {
			assertThat(this.ledger.events("quick")).hasSize(1000);
			assertThat(this.ledger.events("quick-outside")).hasSize(1000);
		});
		assertThat(this.ledger.events("hanging%")).isEmpty();
		application.bean(Hanging.Gate.class).latch().countDown();
		await().until(() -> this.tables.events() == 0);
		for (String consumer : List.of("quick", "quick-outside", "hanging", "hanging-outside")) {
			assertThat(OrderPerKey.violations(this.ledger.events(consumer), 200, 5)).isEmpty();
		}
	}

	@Test
	void aConsumerThatFailsDelaysNobody() {
		TestApplication application = start(Failing.class, "pyxbox.retry.initial-interval=1h",
				"pyxbox.retry.max-interval=1h");

		for (int key = 0; key < 100; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 5));
		}

		await().atMost(AT_SPEED)
			.untilAsserted(() -> assertThat(OrderPerKey.violations(this.ledger.events("quick"), 100, 5)).isEmpty());
		assertThat(this.ledger.events("failing")).isEmpty();
		assertThat(this.tables.events()).isEqualTo(500);
	}

	@Test
	void consumersOfTheSameEventsAreCalledOnceForEach() {
		TestApplication application = prepare(Many.class);
		for (int key = 0; key < 100; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 20));
		}

		application.start();

		await().until(() -> this.tables.events() == 0);
		Journal journal = application.bean(Journal.class);
		for (String consumer : List.of("one", "two", "three", "outside")) {
			List<Counted> received = journal.calls()
				.stream()
				.filter((call) -> call.consumer().equals(consumer))
				.map((call) -> new Counted(call.key(), call.number()))
				.toList();
			assertThat(OrderPerKey.violations(received, 100, 20)).as(consumer).isEmpty();
		}
	}

	@Test
	void consumersOfOverlappingTypesAreCalledOnceForEach() {
		TestApplication application = prepare(Overlapping.class);
		List<Object> events = new ArrayList<>();
		for (int i = 0; i < 1500; i++) {
			events.add((i % 3 == 0) ? new Left("key-" + i % 50, i)
					: (i % 3 == 1) ? new Middle("key-" + i % 50, i) : new Right("key-" + i % 50, i));
		}
		application.outbox().emitAll(events);

		application.start();

		await().until(() -> this.tables.events() == 0);
		Overlapping.Listeners listeners = application.bean(Overlapping.Listeners.class);
		assertThat(listeners.all()).hasSize(1500).doesNotHaveDuplicates();
		assertThat(listeners.leftAndMiddle()).hasSize(1000).doesNotHaveDuplicates();
		assertThat(listeners.middleAndRight()).hasSize(1000).doesNotHaveDuplicates();
	}

	@OutboxEvent(type = "left", partitionKey = "key")
	record Left(String key, int number) {
	}

	@OutboxEvent(type = "middle", partitionKey = "key")
	record Middle(String key, int number) {
	}

	@OutboxEvent(type = "right", partitionKey = "key")
	record Right(String key, int number) {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Hanging {

		@Bean
		Gate gate(Ledger ledger) {
			return new Gate(ledger, new CountDownLatch(1));
		}

		record Gate(Ledger ledger, CountDownLatch latch) {

			@OutboxListener(consumer = "hanging")
			void hanging(Counted event, EventMetadata metadata) throws InterruptedException {
				this.latch.await();
				this.ledger.write(event, metadata);
			}

			@OutboxListener(consumer = "hanging-outside", transactional = false)
			void hangingOutside(Counted event, EventMetadata metadata) throws InterruptedException {
				this.latch.await();
				this.ledger.write(event, metadata);
			}

			@OutboxListener(consumer = "quick")
			void quick(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
			}

			@OutboxListener(consumer = "quick-outside", transactional = false)
			void quickOutside(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Failing {

		@Bean
		Listeners listeners(Ledger ledger) {
			return new Listeners(ledger);
		}

		record Listeners(Ledger ledger) {

			@OutboxListener(consumer = "failing")
			void failing(Counted event) {
				throw new Mishap();
			}

			@OutboxListener(consumer = "failing-outside", transactional = false)
			void failingOutside(Counted event) {
				throw new Mishap();
			}

			@OutboxListener(consumer = "quick")
			void quick(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Many {

		@Bean
		Journal journal() {
			return new Journal();
		}

		@Bean
		Listeners listeners(Journal journal) {
			return new Listeners(journal);
		}

		record Listeners(Journal journal) {

			@OutboxListener(consumer = "one")
			void one(Counted event, EventMetadata metadata) {
				this.journal.note(event, metadata);
			}

			@OutboxListener(consumer = "two")
			void two(Counted event, EventMetadata metadata) {
				this.journal.note(event, metadata);
			}

			@OutboxListener(consumer = "three")
			void three(Counted event, EventMetadata metadata) {
				this.journal.note(event, metadata);
			}

			@OutboxListener(consumer = "outside", transactional = false)
			void outside(Counted event, EventMetadata metadata) {
				this.journal.note(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Overlapping {

		@Bean
		Listeners listeners() {
			return new Listeners(new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>(),
					new ConcurrentLinkedQueue<>());
		}

		record Listeners(Queue<Object> all, Queue<Object> leftAndMiddle, Queue<Object> middleAndRight) {

			@OutboxListener
			void all(Object event) {
				this.all.add(event);
			}

			@OutboxListener(types = { Left.class, Middle.class })
			void leftAndMiddle(Object event) {
				this.leftAndMiddle.add(event);
			}

			@OutboxListener(types = { Middle.class, Right.class })
			void middleAndRight(Object event) {
				this.middleAndRight.add(event);
			}

		}

	}

}
