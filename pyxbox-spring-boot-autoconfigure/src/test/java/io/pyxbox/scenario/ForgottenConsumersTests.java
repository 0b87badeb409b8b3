package io.pyxbox.scenario;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.OutboxConsumer;
import io.pyxbox.OutboxConsumers;
import io.pyxbox.OutboxConsumers.Forgotten;
import io.pyxbox.OutboxListener;
import io.pyxbox.scenario.FlakyApplication.Flaky;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A consumer that was removed or renamed can be forgotten, and nothing is lost by it.
 */
class ForgottenConsumersTests extends Scenario {

	private static final ConsumerId OLD = new ConsumerId("old");

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void everyConsumerIsListedWithWhatIsKnownOfIt() {
		TestApplication application = prepare(FlakyApplication.class);
		application.outbox().emitAll(counted("a", 1, 3));
		this.tables.register("old", "counted");
		this.tables.block("old", 1);

		List<OutboxConsumer> consumers = consumers(application).list();

		assertThat(consumers).extracting((consumer) -> consumer.id().value()).containsExactly("flaky", "old");
		assertThat(consumers).extracting(OutboxConsumer::declared).containsExactly(true, false);
		assertThat(consumers).extracting(OutboxConsumer::takes)
			.containsOnly(Set.of(new OutboxConsumer.Kind("counted", null)));
		assertThat(consumers.get(1).blocked()).isEqualTo(1);
		assertThat(consumers.get(1).deadLetters()).isEqualTo(1);
		assertThat(consumers.get(1).lastSeenAt()).isNotNull();
		assertThat(consumers.get(1).oldestWaitingAt()).isNotNull();
	}

	@Test
	void whatWaitedForAForgottenConsumerOnlyIsDeletedAndNothingElse() {
		TestApplication application = prepare(FlakyApplication.class);
		application.outbox().emitAll(counted("a", 1, 1500));
		application.outbox().emitAll(counted("b", 1501, 1600));
		this.tables.register("old", "counted");
		this.tables.register("new", "counted", "orders");
		this.tables.execute("update events set completed_by = '{flaky}' where partition_key = 'a'");
		this.tables.execute("update events set topic = 'orders' where id <= 10");

		Forgotten forgotten = consumers(application).forget(OLD);

		assertThat(forgotten).isEqualTo(new Forgotten(1490, 0));
		assertThat(this.tables.events()).isEqualTo(110);
		assertThat(this.tables.count("events_consumer where consumer = 'old'")).isZero();
		assertThat(consumers(application).list()).extracting((consumer) -> consumer.id().value())
			.containsExactly("flaky", "new");
	}

	@Test
	void whatNobodyElseTakesStaysForTheConsumerUnderItsNewName() {
		TestApplication application = prepare(FlakyApplication.class);
		application.outbox().emitAll(counted("a", 1, 5));
		this.tables.execute("update events set type = 'elsewhere' where id <= 3");
		this.tables.execute("update events set consumer = 'old' where id = 5");
		this.tables.register("old", "elsewhere");

		Forgotten forgotten = consumers(application).forget(OLD);

		assertThat(forgotten).isEqualTo(new Forgotten(0, 4));
		assertThat(this.tables.events()).isEqualTo(5);
	}

	@Test
	void itsDeadLettersStayAndBlockNobody() {
		TestApplication application = prepare(FlakyApplication.class);
		application.bean(Flaky.class).isRepaired();
		application.outbox().emitAll(counted("a", 1, 3));
		this.tables.register("old", "counted");
		this.tables.execute("update events set completed_by = '{flaky}' where id = 1");
		this.tables.block("old", 1);
		this.tables.execute("update events set type = 'elsewhere' where id = 2");
		this.tables.block("old", 2);
		this.tables.block("old", 3);

		Forgotten forgotten = consumers(application).forget(OLD);

		assertThat(forgotten).as("1 and 2: nobody else takes them").isEqualTo(new Forgotten(2, 0));
		assertThat(this.tables.numbers()).containsExactly(3);
		assertThat(this.tables.retries()).isZero();
		assertThat(deadLetters(application).list(DeadLetterFilter.all(), 0, 10)).hasSize(3)
			.noneMatch((letter) -> letter.blocking());
		assertThat(deadLetters(application).redrive(DeadLetterFilter.all())).isEqualTo(3);
		assertThat(this.tables.count("events where consumer = 'old'")).as("once for it, should it come back")
			.isEqualTo(3);
		assertThat(this.tables.count("events where consumer is null and 'old' = any (completed_by)")).isEqualTo(1);
	}

	@Test
	void aConsumerOfThisApplicationIsNotForgotten() {
		TestApplication application = prepare(FlakyApplication.class);
		this.tables.register("flaky", "counted");

		assertThatIllegalStateException().isThrownBy(() -> consumers(application).forget(new ConsumerId("flaky")))
			.withMessageContaining("'flaky' is declared in this application")
			.withMessageContaining("Remove or rename its @OutboxListener");
		assertThat(this.tables.count("events_consumer where consumer = 'flaky'")).isPositive();
	}

	@Test
	void aConsumerThatReceivesEventsElsewhereIsNotForgotten() throws Exception {
		TestApplication application = prepare(FlakyApplication.class);
		TestApplication elsewhere = start(Elsewhere.class);
		elsewhere.outbox().emit(new Counted("a", 1));
		Slow slow = elsewhere.bean(Slow.class);
		assertThat(slow.begun().await(20, TimeUnit.SECONDS)).isTrue();
		this.tables.register("old", "counted");

		assertThatIllegalStateException().isThrownBy(() -> consumers(application).forget(OLD))
			.withMessageContaining("'old' is receiving events in another instance");

		assertThat(this.tables.count("events_consumer where consumer = 'old'")).isPositive();
		slow.end().countDown();
		await().until(() -> this.tables.advisoryLocks() == 0);
		consumers(application).forget(OLD);
		assertThat(this.tables.count("events_consumer where consumer = 'old'")).isZero();
	}

	@Test
	void anUnknownConsumerIsForgottenAlready() {
		TestApplication application = prepare(FlakyApplication.class);
		application.outbox().emit(new Counted("a", 1));

		assertThat(consumers(application).forget(OLD)).isEqualTo(new Forgotten(0, 0));
		assertThat(this.tables.events()).isEqualTo(1);
	}

	@Test
	void forgettingIsPartOfTheCallersTransaction() {
		TestApplication application = prepare(FlakyApplication.class);
		application.outbox().emitAll(counted("a", 1, 1200));
		this.tables.register("old", "counted");
		this.tables.execute("update events set completed_by = '{flaky}'");
		this.tables.block("old", 1);

		application.inTransaction((status) -> {
			assertThat(consumers(application).forget(OLD)).isEqualTo(new Forgotten(1200, 0));
			status.setRollbackOnly();
		});

		assertThat(this.tables.events()).isEqualTo(1200);
		assertThat(this.tables.retries()).isEqualTo(1);
		assertThat(this.tables.count("events_consumer where consumer = 'old'")).isEqualTo(1);
		application.inTransaction(() -> consumers(application).forget(OLD));
		assertThat(this.tables.events()).isZero();
	}

	private static OutboxConsumers consumers(TestApplication application) {
		return application.bean(OutboxConsumers.class);
	}

	private static DeadLetters deadLetters(TestApplication application) {
		return application.bean(DeadLetters.class);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Elsewhere {

		@Bean
		Slow slow() {
			return new Slow(new CountDownLatch(1), new CountDownLatch(1));
		}

	}

	record Slow(CountDownLatch begun, CountDownLatch end) {

		@OutboxListener(consumer = "old")
		void on(Counted event) throws InterruptedException {
			this.begun.countDown();
			this.end.await();
		}

	}

}
