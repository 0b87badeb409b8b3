package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.TransactionalOutbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What was emitted can be taken back until somebody receives it.
 */
class CancelTests extends Scenario {

	private static final EmitOptions LATER = EmitOptions.none().notBefore(Duration.ofHours(1));

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void aDelayedEventIsTakenBackOnce() {
		TransactionalOutbox outbox = prepare(App.class).outbox();
		EventId id = outbox.emit(new Counted("a", 1), LATER);

		assertThat(outbox.cancel(id)).isTrue();

		assertThat(this.tables.count("events_delayed")).isZero();
		assertThat(outbox.cancel(id)).as("not known any more").isFalse();
	}

	@Test
	void oneThatWaitsIsTakenBack() {
		TestApplication application = prepare(App.class);
		List<EventId> ids = application.outbox().emitAll(counted("a", 1, 3));

		assertThat(application.outbox().cancel(ids.get(1))).isTrue();
		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(1, 3);
	}

	@Test
	void aRollbackLeavesADelayedOneDeliverable() {
		TestApplication application = start(App.class);
		EventId delayed = application.outbox()
			.emit(new Counted("a", 1), EmitOptions.none().notBefore(Duration.ofMillis(400)));

		application.inTransaction((status) -> {
			assertThat(application.outbox().cancel(delayed)).isTrue();
			status.setRollbackOnly();
		});

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(1));
	}

	@Test
	void aRollbackLeavesOneThatWaitsDeliverable() {
		TestApplication application = prepare(App.class);
		EventId id = application.outbox().emit(new Counted("a", 1));

		application.inTransaction((status) -> {
			assertThat(application.outbox().cancel(id)).isTrue();
			application.start();
			await().during(Duration.ofMillis(300)).until(() -> this.ledger.size() == 0);
			status.setRollbackOnly();
		});

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(1));
	}

	@Test
	void thoseOfTheSameTransactionAreNotStored() {
		TestApplication application = prepare(App.class);
		TransactionalOutbox outbox = application.outbox();

		application.inTransaction(() -> {
			EventId plain = outbox.emit(new Counted("a", 1));
			EventId delayed = outbox.emit(new Counted("a", 2), LATER);
			outbox.emit(new Counted("a", 3));
			assertThat(outbox.cancel(plain)).isTrue();
			assertThat(outbox.cancel(delayed)).isTrue();
			assertThat(outbox.cancel(plain)).isFalse();
		});

		assertThat(this.tables.numbers()).containsExactly(3);
		assertThat(this.tables.count("events_delayed")).isZero();
	}

	@Test
	void aSavepointThatIsRolledBackTakesTheCancellationAlong() {
		TestApplication application = prepare(App.class);
		TransactionalOutbox outbox = application.outbox();

		application.inTransaction(() -> {
			EventId id = outbox.emit(new Counted("a", 1));
			application.transaction(TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult((status) -> {
				assertThat(outbox.cancel(id)).isTrue();
				status.setRollbackOnly();
			});
			outbox.emit(new Counted("a", 2));
		});

		assertThat(this.tables.numbers()).containsExactly(1, 2);
	}

	@Test
	void whatTheSameTransactionHasWrittenAlreadyIsTakenBackToo() {
		TestApplication application = prepare(App.class);
		TransactionalOutbox outbox = application.outbox();

		application.inTransaction(() -> {
			List<EventId> ids = outbox.emitAll(counted("a", 1, 5_000));
			assertThat(outbox.cancel(ids.get(4_998))).isTrue();
		});

		assertThat(this.tables.numbers()).hasSize(4_999).doesNotContain(4_999);
	}

	@Test
	void whatIsBeingDeliveredIsNotTakenBackAndNobodyWaits() {
		TestApplication application = start(Gated.class);
		EventId id = application.outbox().emit(new Counted("a", 1));
		Gated.Listener listener = application.bean(Gated.Listener.class);
		awaitLatch(listener.entered());

		Future<Boolean> cancelled = this.threads.submit(() -> application.outbox().cancel(id));

		assertThat(result(cancelled)).isFalse();
		listener.gate().countDown();
		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(1));
	}

	@Test
	void whatHasFailedOrWasCompletedByOneIsNotTakenBack() {
		TestApplication application = prepare(App.class);
		TransactionalOutbox outbox = application.outbox();
		List<EventId> ids = outbox.emitAll(counted("a", 1, 4));
		this.tables.block("test", 1);
		this.tables.execute("update events set completed_by = '{other}' where id = 2");
		this.tables.execute("update events set consumer = 'test' where id = 3");
		this.tables.execute("""
				insert into events_in_flight (consumer, bucket, owner, id, last_id)
				select 'test', bucket, gen_random_uuid(), 4, 4 from events where id = 4
				""");

		assertThat(ids).noneMatch(outbox::cancel);
	}

	@Test
	void aCancellationThatLedToNothingLocksNothing() {
		TestApplication application = prepare(App.class);
		EventId id = application.outbox().emit(new Counted("a", 1));
		this.tables.block("test", 1);

		application.inTransaction(() -> {
			assertThat(application.outbox().cancel(id)).isFalse();
			assertThat(this.tables.advisoryLocks()).isZero();
		});
	}

	@Test
	void severalOfOneBucketAreTakenBackInOneTransaction() {
		TestApplication application = prepare(App.class);
		List<EventId> ids = application.outbox().emitAll(counted("a", 1, 3));

		application.inTransaction(() -> assertThat(ids).allMatch(application.outbox()::cancel));

		assertThat(this.tables.events()).isZero();
	}

	@Test
	void aListenerDoesNotTakeBackWhatItIsAboutToReceive() {
		TestApplication application = start(TakingBack.class);
		TakingBack.Listener listener = application.bean(TakingBack.Listener.class);
		// From the second chunk on, no marker gives it away.
		application.outbox().emit(new Counted("a", 1));
		await().until(() -> this.tables.events() + this.tables.count("events_in_flight") == 0);

		application.inTransaction(() -> listener.ids().addAll(application.outbox().emitAll(counted("a", 2, 3))));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactly(1, 2, 3);
		assertThat(listener.results()).isNotEmpty().containsOnly(false);
	}

	@Test
	void norDoesWhoeverHasPulledIt() {
		TestApplication application = prepare(App.class);
		EventId id = application.outbox().emit(new Counted("a", 1));
		List<Boolean> results = new ArrayList<>();

		application.inTransaction(() -> {
			assertThat(application.bean(TransactionalInbox.class).ofType(Counted.class).next()).isPresent();
			results.add(application.outbox().cancel(id));
		});

		assertThat(results).containsExactly(false);
		assertThat(this.tables.events()).as("a listener takes it as well").isOne();
	}

	@Test
	void underAStricterIsolationLevelOnlyDelayedEventsAreTakenBack() {
		TestApplication application = prepare(App.class);
		EventId waiting = application.outbox().emit(new Counted("a", 1));
		EventId delayed = application.outbox().emit(new Counted("a", 2), LATER);
		TransactionTemplate transaction = application.transaction();
		transaction.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);

		transaction.executeWithoutResult((status) -> {
			assertThat(application.outbox().cancel(waiting)).isFalse();
			assertThat(application.outbox().cancel(delayed)).isTrue();
		});

		assertThat(this.tables.numbers()).containsExactly(1);
	}

	@Test
	void withoutATransactionTheLevelOfThePoolDoesNotMatter() {
		TestApplication application = prepare(App.class,
				"spring.datasource.hikari.transaction-isolation=TRANSACTION_REPEATABLE_READ");
		EventId waiting = application.outbox().emit(new Counted("a", 1));

		assertThat(application.outbox().cancel(waiting)).isTrue();

		assertThat(this.tables.events()).isZero();
	}

	@Test
	void aConsumerThatIsRegisteredMeanwhileDoesNotReceiveIt() {
		TestApplication first = prepare(App.class);
		EventId id = first.outbox().emit(new Counted("a", 1));
		CountDownLatch cancelled = new CountDownLatch(1);
		Future<?> cancelling = this.threads.submit(() -> first.inTransaction(() -> {
			assertThat(first.outbox().cancel(id)).isTrue();
			cancelled.countDown();
			await().until(() -> this.tables.jdbc()
				.sql("select count(*) from pg_locks where locktype = 'advisory' and not granted")
				.query(Integer.class)
				.single() > 0);
		}));
		awaitLatch(cancelled);

		start(Newcomer.class);
		result(cancelling);

		assertThat(this.tables.events()).isZero();
		await().during(Duration.ofMillis(300)).until(() -> this.ledger.size() == 0);
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(consumer = "test")
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Newcomer {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(consumer = "newcomer")
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
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

		record Listener(Ledger ledger, CountDownLatch entered, CountDownLatch gate) {

			@OutboxListener(consumer = "test")
			void on(Counted event, EventMetadata metadata) {
				this.entered.countDown();
				awaitLatch(this.gate);
				this.ledger.write(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class TakingBack {

		@Bean
		Listener listener(Ledger ledger, TransactionalOutbox outbox) {
			return new Listener(ledger, outbox, new CopyOnWriteArrayList<>(), new CopyOnWriteArrayList<>());
		}

		record Listener(Ledger ledger, TransactionalOutbox outbox, List<EventId> ids, List<Boolean> results) {

			@OutboxListener(consumer = "test")
			void on(Counted event, EventMetadata metadata) {
				this.ids.forEach((id) -> this.results.add(this.outbox.cancel(id)));
				this.ledger.write(event, metadata);
			}

		}

	}

}
