package io.pyxbox.scenario;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import java.util.function.Function;
import java.util.stream.Collectors;

import javax.sql.DataSource;

import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 8: the outbox takes nothing from the others who use the database.
 */
class GoodNeighbourTests extends Scenario {

	@ParameterizedTest
	@ValueSource(classes = { Outside.class, Transactional.class })
	void aWaitingListenerHasNeitherATransactionIdNorASnapshot(Class<?> listener) {
		TestApplication application = start(listener);
		for (int i = 0; i < 50; i++) {
			application.outbox().emit(new Counted("key-" + i, i));
		}
		Gate gate = application.bean(Gate.class);
		await().untilAsserted(() -> assertThat(gate.inside()).hasPositiveValue());
		await().untilAsserted(() -> assertThat(this.tables.advisoryLocks()).isPositive());

		await().during(Duration.ofMillis(500)).untilAsserted(() -> assertThat(whoHoldsBackVacuum()).isEmpty());

		gate.latch().countDown();
		await().until(() -> this.tables.events() == 0);
	}

	/**
	 * The negative control: a snapshot and a transaction id that are kept are seen.
	 */
	@Test
	void whoKeepsASnapshotOrATransactionIdIsFound() {
		TestApplication application = prepare(Outside.class);
		TransactionTemplate repeatableRead = application.transaction();
		repeatableRead.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);

		repeatableRead.executeWithoutResult((status) -> {
			application.jdbc().sql("select 1").query().singleValue();
			assertThat(whoHoldsBackVacuum()).hasSize(1);
		});
		application.inTransaction(() -> {
			application.jdbc().sql("select pg_current_xact_id()").query().singleValue();
			assertThat(whoHoldsBackVacuum()).hasSize(1);
		});
	}

	private List<String> whoHoldsBackVacuum() {
		return this.tables.jdbc().sql("""
				select state || ': ' || query from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid()
				  and (backend_xid is not null or backend_xmin is not null)
				""").query(String.class).list();
	}

	@ParameterizedTest
	@ValueSource(classes = { Outside.class, Transactional.class })
	void businessTransactionsNeverWaitForAListener(Class<?> listener) {
		TestApplication application = start(listener);
		application.outbox().emitAll(counted("a", 1, 10));
		Gate gate = application.bean(Gate.class);
		await().untilAsserted(() -> assertThat(gate.inside()).hasPositiveValue());

		for (int i = 0; i < 100; i++) {
			int number = i;
			application.inTransaction(() -> {
				application.jdbc().sql("set local lock_timeout = '500ms'").update();
				application.outbox().emit(new Counted((number % 2 == 0) ? "a" : "key-" + number, number));
			});
		}

		assertThat(this.tables.events()).isEqualTo(110);
		gate.latch().countDown();
		await().until(() -> this.tables.events() == 0);
	}

	@Test
	void businessTransactionsNeverWaitForTheEndOfADelivery() {
		TestApplication application = start(Quick.class, "pyxbox.poller.batch-size=50");

		for (int i = 0; i < 300; i++) {
			int number = i;
			application.inTransaction(() -> {
				application.jdbc().sql("set local lock_timeout = '20ms'").update();
				application.outbox().emit(new Counted("key-" + number % 3, number));
			});
		}

		await().until(() -> this.tables.events() == 0);
	}

	@Test
	void theTablesHaveNoTriggersAndTheEventsNoFurtherIndex() {
		TestApplication application = start(Outside.class);

		assertThat(application.outbox()).isNotNull();
		assertThat(this.tables.jdbc()
			.sql("select tgrelid::regclass || '.' || tgname from pg_trigger where tgrelid::regclass::text like 'events%'")
			.query(String.class)
			.list()).isEmpty();
		assertThat(this.tables.jdbc()
			.sql("select indexname from pg_indexes where tablename = 'events'")
			.query(String.class)
			.list()).containsExactly("events_pkey");
		assertThat(this.tables.jdbc()
			.sql("select conname from pg_constraint where contype = 'f' and conrelid::regclass::text like 'events%'")
			.query(String.class)
			.list()).isEmpty();
	}

	@Test
	void theEmittingTransactionGetsOneInsertAndNothingElse() {
		TestApplication application = start(Recorded.class);
		RecordingDataSource recording = (RecordingDataSource) application.bean(DataSource.class);
		this.tables.execute("create table business (number int)");
		TransactionalOutbox outbox = application.outbox();

		int before = recording.executedBy(Thread.currentThread()).size();
		application.inTransaction(() -> {
			application.jdbc().sql("insert into business values (1)").update();
			outbox.emitAll(counted("a", 1, 20));
			application.transaction(TransactionDefinition.PROPAGATION_REQUIRED)
				.executeWithoutResult((status) -> outbox.emit(new Counted("b", 1)));
		});

		List<String> statements = recording.executedBy(Thread.currentThread());
		statements = statements.subList(before, statements.size());
		assertThat(statements).hasSize(2);
		assertThat(statements.get(0)).isEqualTo("insert into business values (1)");
		assertThat(statements.get(1)).containsIgnoringCase("insert into").contains("\"events\"");
		assertThat(statements).noneSatisfy((sql) -> assertThat(sql).containsIgnoringCase("notify"));
	}

	@Test
	void idleWorkersAskTheDatabaseNextToNothing() {
		TestApplication application = start(Recorded.class, "pyxbox.poller.poll-interval=100ms");
		RecordingDataSource recording = (RecordingDataSource) application.bean(DataSource.class);
		application.outbox().emitAll(counted("a", 1, 20));
		await().until(() -> this.tables.events() == 0);
		long start = System.nanoTime();
		int before = recording.executed().size();

		await().pollDelay(Duration.ofSeconds(2)).until(() -> true);

		double intervals = (System.nanoTime() - start) / 100_000_000.0;
		List<String> statements = recording.executed()
			.stream()
			.skip(before)
			.map(RecordingDataSource.Executed::sql)
			.toList();
		assertThat(statements.size() / intervals)
			.as(() -> "statements in each poll interval, with six consumers: "
					+ statements.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting())))
			.isGreaterThan(0)
			.isLessThan(6);
	}

	record Gate(CountDownLatch latch, AtomicInteger inside) {

		Gate() {
			this(new CountDownLatch(1), new AtomicInteger());
		}

		void pass() throws InterruptedException {
			this.inside.incrementAndGet();
			this.latch.await();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Outside {

		@Bean
		Gate gate() {
			return new Gate();
		}

		@Bean
		Listener listener(Gate gate) {
			return new Listener(gate);
		}

		record Listener(Gate gate) {

			@OutboxListener(transactional = false)
			void on(Counted event) throws InterruptedException {
				this.gate.pass();
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Transactional {

		@Bean
		Gate gate() {
			return new Gate();
		}

		@Bean
		Listener listener(Gate gate) {
			return new Listener(gate);
		}

		record Listener(Gate gate) {

			@OutboxListener
			void on(Counted event) throws InterruptedException {
				this.gate.pass();
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Quick {

		@Bean
		Listener listener() {
			return new Listener();
		}

		record Listener() {

			@OutboxListener
			void transactional(Counted event) {
				Thread.yield();
			}

			@OutboxListener(transactional = false)
			void outside(Counted event) {
				Thread.yield();
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Recorded {

		@Bean
		static BeanPostProcessor recorder() {
			return RecordingDataSource.aroundTheDataSource();
		}

		@Bean
		Listeners listeners() {
			return new Listeners();
		}

		record Listeners() {

			@OutboxListener
			void one(Counted event) {
			}

			@OutboxListener
			void two(Counted event) {
			}

			@OutboxListener
			void three(Counted event) {
			}

			@OutboxListener(transactional = false)
			void four(Counted event) {
			}

			@OutboxListener(transactional = false)
			void five(Counted event) {
			}

			@OutboxListener(transactional = false)
			void six(Counted event) {
			}

		}

	}

}
