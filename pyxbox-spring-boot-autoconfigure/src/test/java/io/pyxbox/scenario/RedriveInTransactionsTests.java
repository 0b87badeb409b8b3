package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.scenario.FlakyApplication.Flaky;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static io.pyxbox.scenario.FlakyApplication.GIVES_UP_AT_ONCE;
import static io.pyxbox.scenario.FlakyApplication.deadLetters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * What is done about dead letters belongs to the caller's transaction, or to as many as
 * it takes.
 */
class RedriveInTransactionsTests extends Scenario {

	private static final DeadLetterFilter ALL = DeadLetterFilter.all();

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void whatIsRolledBackIsStillDead() {
		TestApplication application = start(FlakyApplication.class, GIVES_UP_AT_ONCE);
		die(application, 1200);
		application.bean(Flaky.class).isRepaired();

		application.inTransaction((status) -> {
			assertThat(deadLetters(application).redrive(ALL.withPartitionKey("a"))).isEqualTo(1200);
			assertThat(deadLetters(application).count(ALL)).as("within").isZero();
			status.setRollbackOnly();
		});

		assertThat(deadLetters(application).count(ALL)).isEqualTo(1200);
		assertThat(this.tables.events()).isZero();
		assertThat(this.ledger.size()).isZero();
	}

	@Test
	void whatIsCommittedIsDeliveredThenAndAtOnce() {
		TestApplication application = start(FlakyApplication.class, GIVES_UP_AT_ONCE, "pyxbox.poller.poll-interval=1h");
		die(application, 1200);
		application.bean(Flaky.class).isRepaired();
		await().until(this.tables::isLeftAlone);

		application.inTransaction(() -> {
			assertThat(deadLetters(application).redrive(ALL)).isEqualTo(1200);
			assertThat(this.tables.count("events_dead_letter")).as("seen from outside").isEqualTo(1200);
		});

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1, 1200)));
	}

	@Test
	void withoutATransactionManyAreCommittedStepByStep() {
		TestApplication application = prepare(FlakyApplication.class);
		this.tables.die("flaky", 1200);
		this.tables.execute("alter table events add constraint refuses check (payload->>'number' <> '1150')");

		assertThatException().isThrownBy(() -> deadLetters(application).redrive(ALL));

		assertThat(this.tables.numbers()).isEqualTo(range(1, 1000));
		assertThat(deadLetters(application).count(ALL)).isEqualTo(200);
	}

	@Test
	void oneConnectionIsEnough() {
		prepare(FlakyApplication.class).close();
		TestApplication application = prepare(FlakyApplication.class, "pyxbox.schema.mode=validate",
				"spring.datasource.hikari.maximum-pool-size=1", "spring.datasource.hikari.connection-timeout=5000");
		this.tables.die("flaky", 3);

		application.inTransaction(() -> assertThat(deadLetters(application).redrive(List.of(1L, 7L))).isEqualTo(1));
		assertThat(deadLetters(application).discard(2)).isTrue();
		assertThat(deadLetters(application).redrive(ALL)).isEqualTo(1);

		assertThat(this.tables.numbers()).containsExactly(1, 3);
	}

	@Test
	void placesThatMeetDoNotFailWhateverIsolationThePoolHas() throws Exception {
		TestApplication application = prepare(FlakyApplication.class,
				"spring.datasource.hikari.transaction-isolation=TRANSACTION_SERIALIZABLE");
		this.tables.die("flaky", 3000);
		CountDownLatch start = new CountDownLatch(1);
		Callable<Long> redriving = () -> {
			start.await();
			return deadLetters(application).redrive(ALL);
		};

		List<Future<Long>> places = IntStream.range(0, 4).mapToObj((i) -> this.threads.submit(redriving)).toList();
		start.countDown();
		long sum = 0;
		for (Future<Long> place : places) {
			sum += place.get();
		}

		assertThat(sum).isEqualTo(3000);
		assertThat(this.tables.numbers()).hasSize(3000).doesNotHaveDuplicates();
	}

	@Test
	void aListenerMayRedriveInTheTransactionOfItsEvent() {
		TestApplication application = start(Operated.class, GIVES_UP_AT_ONCE);
		die(application, 20);
		application.bean(Flaky.class).isRepaired();

		application.outbox().emit(new Repaired(false));
		await().until(() -> this.tables.count("events_dead_letter") == 21);
		assertThat(this.ledger.size()).as("the listener has failed").isZero();
		application.outbox().emit(new Repaired(true));

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1, 20)));
		await().until(() -> this.tables.events() == 0);
	}

	@Test
	void whatIsDiscardedAndRedrivenAtOnceIsOneOrTheOther() throws Exception {
		TestApplication application = start(FlakyApplication.class, GIVES_UP_AT_ONCE);
		die(application, 2000);
		application.bean(Flaky.class).isRepaired();
		DeadLetters deadLetters = deadLetters(application);
		List<Long> ids = LongStream.rangeClosed(1, 2000).boxed().toList();
		CountDownLatch start = new CountDownLatch(1);

		List<Future<Long>> redriving = List.of(this.threads.submit(() -> {
			start.await();
			return deadLetters.redrive(ALL);
		}), this.threads.submit(() -> {
			start.await();
			return ids.stream().skip(1000).filter(deadLetters::redrive).count();
		}));
		List<Future<Long>> discarding = List.of(this.threads.submit(() -> {
			start.await();
			return deadLetters.discard(ids.subList(1500, 2000));
		}), this.threads.submit(() -> {
			start.await();
			return ids.stream().filter((id) -> id % 7 == 0).filter(deadLetters::discard).count();
		}));
		start.countDown();

		long redriven = redriving.get(0).get() + redriving.get(1).get();
		long discarded = discarding.get(0).get() + discarding.get(1).get();
		assertThat(redriven + discarded).isEqualTo(2000);
		await().untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo((int) redriven));
		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotHaveDuplicates();
		assertThat(deadLetters.count(ALL)).isZero();
	}

	private void die(TestApplication application, int count) {
		application.outbox().emitAll(counted("a", 1, count));
		await().until(() -> this.tables.count("events_dead_letter") == count);
	}

	@OutboxEvent(type = "repaired")
	record Repaired(boolean really) {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(FlakyApplication.class)
	static class Operated {

		@Bean
		Operator operator(DeadLetters deadLetters) {
			return new Operator(deadLetters);
		}

	}

	record Operator(DeadLetters deadLetters) {

		@OutboxListener(consumer = "operator")
		void on(Repaired event) {
			this.deadLetters.redrive(ALL.withType("counted"));
			if (!event.really()) {
				throw new Mishap();
			}
		}

	}

}
