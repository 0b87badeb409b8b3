package io.pyxbox.scenario;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The promises hold up to the last id that there is, and at the end nothing is lost that
 * was stored.
 */
class LastIdTests extends Scenario {

	private static final String SEQUENCE_EXHAUSTED = "2200H";

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void closeToTheEndEventsFlowInOrderAndLateOnesAreNotOverlooked() throws Exception {
		TestApplication application = start(App.class);
		leave(1_000);
		CountDownLatch inserted = new CountDownLatch(1);
		CountDownLatch go = new CountDownLatch(1);
		Future<?> late = this.threads.submit(() -> application.inTransaction(() -> {
			application.outbox().emitAll(counted("late", 1, 10));
			commitAfter(inserted, go);
		}));
		assertThat(inserted.await(20, TimeUnit.SECONDS)).isTrue();

		for (int round = 0; round < 9; round++) {
			for (int key = 0; key < 5; key++) {
				application.outbox().emitAll(counted("key-" + key, round * 20 + 1, round * 20 + 20));
			}
			await().until(() -> this.tables.events() == 0);
		}
		go.countDown();
		late.get(20, TimeUnit.SECONDS);

		await().until(() -> this.tables.events() == 0);
		List<Counted> committed = IntStream.range(0, 5)
			.mapToObj((key) -> counted("key-" + key, 1, 180))
			.flatMap(List::stream)
			.toList();
		for (String consumer : List.of("inside", "outside")) {
			assertThat(this.ledger.events(consumer)).filteredOn((event) -> event.key().equals("late"))
				.isEqualTo(counted("late", 1, 10));
			assertThat(OrderPerKey.violations(
					this.ledger.events(consumer).stream().filter((event) -> !event.key().equals("late")).toList(),
					committed))
				.as(consumer)
				.isEmpty();
		}
	}

	@Test
	void atTheEndTheEmittersTransactionFailsAndNothingIsLostThatWasStored() {
		TestApplication application = prepare(App.class);
		Shop shop = Shop.open(application, this.tables);
		application.outbox().emitAll(counted("a", 1, 10));
		leave(20);
		application.outbox().emitAll(counted("a", 11, 30));

		assertThatExceptionOfType(DataAccessException.class)
			.isThrownBy(() -> application.inTransaction(() -> shop.order("one too many")))
			.satisfies((ex) -> assertThat(ex.getRootCause()).isInstanceOfSatisfying(SQLException.class,
					(cause) -> assertThat(cause.getSQLState()).isEqualTo(SEQUENCE_EXHAUSTED)))
			.withMessageContaining("Storing events in the outbox")
			.withMessageContaining("reached maximum value of sequence \"events_id_seq\"");

		assertThat(shop.orders()).isEmpty();
		application.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("inside")).isEqualTo(counted("a", 1, 30));
		assertThat(this.ledger.events("outside")).isEqualTo(counted("a", 1, 30));
	}

	@Test
	void afterTheEndIdsMayBeginAgainUnderARunningInstance() {
		TestApplication application = start(App.class);
		leave(20);
		application.outbox().emitAll(counted("a", 1, 20));
		await().until(() -> this.tables.events() == 0);

		this.tables.execute("alter sequence events_id_seq restart");
		application.outbox().emitAll(counted("a", 21, 40));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("inside")).isEqualTo(counted("a", 1, 40));
		assertThat(this.ledger.events("outside")).isEqualTo(counted("a", 1, 40));
	}

	@Test
	void atTheEndAnIdleInstanceStillAsksNextToNothing() {
		TestApplication application = start(App.class, "pyxbox.poller.poll-interval=100ms");
		RecordingDataSource recording = (RecordingDataSource) application.bean(DataSource.class);
		leave(20);
		application.outbox().emitAll(counted("a", 1, 20));
		await().until(() -> this.tables.events() == 0);
		int before = recording.executed().size();
		long start = System.nanoTime();

		await().pollDelay(Duration.ofSeconds(2)).until(() -> true);

		double intervals = (System.nanoTime() - start) / 100_000_000.0;
		assertThat((recording.executed().size() - before) / intervals).as("statements in each poll interval")
			.isGreaterThan(0)
			.isLessThan(6);
	}

	/** So many ids are left. */
	private void leave(int ids) {
		this.tables.jdbc().sql("select setval('events_id_seq', ?)").param(Long.MAX_VALUE - ids).query().singleValue();
	}

	private static void commitAfter(CountDownLatch inserted, CountDownLatch go) {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void beforeCompletion() {
				inserted.countDown();
				try {
					go.await();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}

		});
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		static BeanPostProcessor recording() {
			return RecordingDataSource.aroundTheDataSource();
		}

		@Bean
		Listeners listeners(Ledger ledger) {
			return new Listeners(ledger);
		}

	}

	/** Every seventh event fails once. */
	record Listeners(Ledger ledger) {

		@OutboxListener(consumer = "inside")
		void inside(Counted event, EventMetadata metadata) {
			on(event, metadata);
		}

		@OutboxListener(consumer = "outside", transactional = false)
		void outside(Counted event, EventMetadata metadata) {
			on(event, metadata);
		}

		private void on(Counted event, EventMetadata metadata) {
			if (event.number() % 7 == 0 && metadata.attempt() == 1) {
				throw new Mishap();
			}
			this.ledger.write(event, metadata);
		}

	}

}
