package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promises hold in an application whose transactions are REPEATABLE READ or
 * SERIALIZABLE unless they say otherwise.
 */
class DefaultIsolationTests extends Scenario {

	private static final int KEYS = 8;

	private static final int WRITERS = 4;

	private static final int PER_WRITER = 8 * KEYS;

	DefaultIsolationTests() {
		// The driver sets isolation levels for the session, which is another one in the
		// next transaction behind a pooler.
		super(TestDatabase.server().withoutPooler().createDatabase());
	}

	@BeforeEach
	void createTables() {
		this.ledger.create();
		this.tables.execute("create table counter (name text primary key, value int)");
		for (int key = 0; key < KEYS; key++) {
			this.tables.execute("insert into counter values ('key-" + key + "', 0)");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "TRANSACTION_REPEATABLE_READ", "TRANSACTION_SERIALIZABLE" })
	void writersThatAreTriedAgainAreDeliveredOnceAndInOrder(String isolation) throws Exception {
		TestApplication one = startWith(isolation);
		TestApplication two = startWith(isolation);
		Retries retries = new Retries();
		List<Future<?>> writers = new ArrayList<>();

		for (int i = 0; i < WRITERS; i++) {
			TestApplication application = (i % 2 == 0) ? one : two;
			int start = i;
			writers.add(this.threads.submit(() -> {
				for (int n = 0; n < PER_WRITER; n++) {
					String key = "key-" + (start + n) % KEYS;
					retries.run(() -> application.inTransaction(() -> increment(application, key)));
				}
			}));
		}
		for (Future<?> writer : writers) {
			writer.get();
		}

		await().until(() -> this.tables.events() == 0);
		for (String consumer : List.of("transactional", "outside")) {
			assertThat(OrderPerKey.violations(this.ledger.events(consumer), KEYS, WRITERS * PER_WRITER / KEYS))
				.as(consumer)
				.isEmpty();
		}
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "TRANSACTION_REPEATABLE_READ", "TRANSACTION_SERIALIZABLE" })
	void aDeliveryLeavesTheDefaultOfItsConnectionAlone(String isolation) {
		TestApplication application = startWith(isolation, "spring.datasource.hikari.maximum-pool-size=2");
		application.outbox().emitAll(counted("a", 1, 100));
		await().until(() -> this.tables.events() == 0);

		Set<String> levels = ConcurrentHashMap.newKeySet();
		application.inTransaction(() -> {
			levels.add(level(application.jdbc()));
			application.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
				.executeWithoutResult((status) -> levels.add(level(application.jdbc())));
		});

		assertThat(levels)
			.containsExactly(isolation.substring("TRANSACTION_".length()).replace('_', ' ').toLowerCase());
		assertThat(application.bean(Listeners.class).levels()).containsExactly("read committed");
	}

	/**
	 * Emitting and delivering read and write nothing that a business transaction could
	 * get into conflict with.
	 */
	@Test
	void serializableTransactionsThatDoNotMeetDoNotFailBecauseOfTheOutbox() throws Exception {
		TestApplication application = startWith("TRANSACTION_SERIALIZABLE");
		// Otherwise PostgreSQL reads the whole table, and locks it.
		this.tables.execute("insert into counter select 'other-' || n, 0 from generate_series(1, 10000) n");
		this.tables.execute("analyze counter");
		Retries retries = new Retries();
		List<Future<?>> writers = new ArrayList<>();

		for (int i = 0; i < WRITERS; i++) {
			String key = "other-" + (i + 1) * 2000;
			writers.add(this.threads.submit(() -> {
				for (int n = 0; n < PER_WRITER; n++) {
					retries.run(() -> application.inTransaction(() -> increment(application, key)));
				}
			}));
		}
		for (Future<?> writer : writers) {
			writer.get();
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(retries.failures()).hasValue(0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), WRITERS, PER_WRITER)).isEmpty();
	}

	@Test
	void aListenerWhoseOwnTransactionMeetsAnotherOneIsTriedAgain() {
		TestApplication application = startWith("TRANSACTION_SERIALIZABLE", "pyxbox.retry.max-attempts=3");

		application.outbox().emit(new Counted("a", Listeners.MEETS_ANOTHER));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("transactional")).containsExactly(new Counted("a", Listeners.MEETS_ANOTHER));
		assertThat(application.bean(Listeners.class).met()).hasSize(1);
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	private TestApplication startWith(String isolation, String... properties) {
		String[] all = java.util.Arrays.copyOf(properties, properties.length + 2);
		all[properties.length] = "spring.datasource.hikari.transaction-isolation=" + isolation;
		all[properties.length + 1] = "pyxbox.poller.batch-size=20";
		return start(App.class, all);
	}

	private static void increment(TestApplication application, String key) {
		int value = application.jdbc()
			.sql("select value from counter where name = ?")
			.param(key)
			.query(Integer.class)
			.single();
		application.jdbc().sql("update counter set value = ? where name = ?").params(value + 1, key).update();
		application.outbox().emit(new Counted(key, value + 1));
	}

	private static String level(JdbcClient jdbc) {
		return jdbc.sql("select current_setting('transaction_isolation')").query(String.class).single();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Listeners listeners(Ledger ledger, PlatformTransactionManager manager) {
			TransactionTemplate own = new TransactionTemplate(manager);
			own.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
			return new Listeners(ledger, own, ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet());
		}

	}

	record Listeners(Ledger ledger, TransactionTemplate own, Set<String> levels, Set<ConcurrencyFailureException> met) {

		static final int MEETS_ANOTHER = -1;

		@OutboxListener(consumer = "transactional")
		void transactional(Counted event, EventMetadata metadata) {
			this.levels.add(level(this.ledger.jdbc()));
			this.ledger.write(event, metadata);
			if (event.number() == MEETS_ANOTHER) {
				writeTheSame(metadata.attempt() == 1);
			}
		}

		@OutboxListener(consumer = "outside", transactional = false)
		void outside(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

		private void writeTheSame(boolean withAnother) {
			JdbcClient jdbc = this.ledger.jdbc();
			try {
				this.own.executeWithoutResult((status) -> {
					jdbc.sql("select value from counter where name = 'key-0'").query(Integer.class).single();
					if (withAnother) {
						this.own.executeWithoutResult((other) -> increment(jdbc));
					}
					increment(jdbc);
				});
			}
			catch (ConcurrencyFailureException ex) {
				this.met.add(ex);
				throw ex;
			}
		}

		private static void increment(JdbcClient jdbc) {
			jdbc.sql("update counter set value = value + 1 where name = 'key-0'").update();
		}

	}

}
