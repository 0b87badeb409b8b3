package io.pyxbox.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promises hold whatever the database, the pool or the application has set for
 * itself.
 */
class UnusualSettingsTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@ParameterizedTest
	@ValueSource(strings = { "repeatable read", "serializable" })
	void theOrderHoldsWhateverTheDefaultIsolationIs(String isolation) throws Exception {
		set("default_transaction_isolation", isolation);
		TestApplication one = start(Both.class, "pyxbox.poller.batch-size=20");
		TestApplication two = start(Both.class, "pyxbox.poller.batch-size=20");

		List<Future<?>> writers = IntStream.range(0, 2).<Future<?>>mapToObj((writer) -> this.threads.submit(() -> {
			for (int i = 1; i <= 50; i++) {
				int number = i;
				TestApplication application = (i % 2 == 0) ? one : two;
				application.inTransaction(() -> {
					for (int key = 0; key < 20; key++) {
						application.outbox().emit(new Counted("key-" + writer + "-" + key, number));
					}
				});
			}
		})).toList();
		for (Future<?> writer : writers) {
			writer.get();
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), 40, 50)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("outside"), 40, 50)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void connectionsMayComeWithoutAutoCommit() {
		TestApplication application = start(Both.class, "spring.datasource.hikari.auto-commit=false",
				"pyxbox.retry.max-attempts=2");

		application.outbox().emit(new Counted("a", 1));
		application.outbox().emitAll(counted("a", 2, 3));
		application.inTransaction(() -> application.outbox().emit(new Counted("a", 4)));
		application.outbox().emit(new Counted("a", -1));
		application.outbox().emit(new Counted("a", 5));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("transactional")).extracting(Counted::number).containsExactly(1, 2, 3, 4, 5);
		assertThat(this.tables.deadLetters()).hasSize(2);
		assertThat(this.tables.retries()).isZero();
		await().untilAsserted(() -> assertThat(this.tables.advisoryLocks()).isZero());
	}

	@ParameterizedTest
	@ValueSource(strings = { "idle_in_transaction_session_timeout", "lock_timeout", "statement_timeout" })
	void timeoutsOfTheDatabaseDoNotEndACallOutside(String timeout) {
		set(timeout, "500ms");
		TestApplication application = start(Waiting.class);

		application.outbox().emit(new Counted("a", 1));

		AtomicInteger outside = application.bean(Waiting.Listeners.class).outside();
		await().atMost(Duration.ofSeconds(15))
			.untilAsserted(() -> assertThat(this.tables.events()).as("after %s calls outside", outside).isZero());
		assertThat(outside).hasValue(1);
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsDeliverWhereTheyAreSwitchedOn() {
		TestApplication application = start(Both.class, "spring.threads.virtual.enabled=true");

		for (int key = 0; key < 50; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 20));
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), 50, 20)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("outside"), 50, 20)).isEmpty();
		assertThat(application.bean(Both.Listeners.class).threads())
			.allSatisfy((thread) -> assertThat(thread).startsWith("VirtualThread"));
	}

	@Test
	void theTablesMayHaveOtherNames() {
		String[] names = { "pyxbox.schema-name=Some_Schema", "pyxbox.table-name=Select" };
		TestApplication other = start(Both.class, "pyxbox.retry.max-attempts=2", names[0], names[1]);
		TestApplication usual = prepare(Both.class);

		usual.outbox().emit(new Counted("b", 7));
		other.outbox().emitAll(List.of(new Counted("a", 1), new Counted("a", -1), new Counted("a", 2)));

		await().untilAsserted(() -> assertThat(this.tables.count("\"Some_Schema\".\"Select\"")).isZero());
		assertThat(this.ledger.events("transactional")).extracting(Counted::number).containsExactly(1, 2);
		assertThat(this.tables.count("\"Some_Schema\".\"Select_dead_letter\"")).isEqualTo(2);
		assertThat(this.tables.count("\"Some_Schema\".\"Select_retry\"")).isZero();
		assertThat(this.tables.numbers()).containsExactly(7);
	}

	@Test
	void eventsAreWrittenAndReadByTheMapperOfTheApplication() {
		TestApplication application = prepare(Both.class, "spring.jackson.property-naming-strategy=UPPER_SNAKE_CASE");
		application.outbox().emit(new Counted("a", 1));
		assertThat(this.tables.rows()).singleElement()
			.satisfies((row) -> assertThat(row.payload()).contains("\"NUMBER\": 1"));

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("transactional")).containsExactly(new Counted("a", 1));
	}

	@Test
	void theServerMayBeRestarted() {
		try (TestDatabase.Server server = TestDatabase.Server.start(Map.of());
				TestDatabase own = server.createDatabase()) {
			Ledger ownLedger = new Ledger(JdbcClient.create(own.dataSource()));
			ownLedger.create();
			OutboxTables ownTables = new OutboxTables(own);
			try (TestApplication application = TestApplication.start(own, Both.class, "pyxbox.poller.batch-size=20",
					"pyxbox.poller.auto-startup=false", "pyxbox.retry.max-attempts=100")) {
				for (int key = 0; key < 20; key++) {
					application.outbox().emitAll(counted("key-" + key, 1, 100));
				}
				application.start();
				await().until(() -> ownLedger.size() > 500);

				server.restart();

				await().ignoreExceptions().until(() -> ownTables.events() == 0);
				assertThat(OrderPerKey.violations(ownLedger.events("transactional"), 20, 100)).isEmpty();
				assertThat(ownLedger.events("outside").stream().distinct()).hasSize(2000);
				assertThat(ownTables.deadLetters()).isEmpty();
			}
		}
	}

	private void set(String setting, String value) {
		String name = this.tables.jdbc().sql("select current_database()").query(String.class).single();
		this.tables.execute("alter database %s set %s to '%s'".formatted(name, setting, value));
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Both {

		@Bean
		Listeners listeners(Ledger ledger) {
			return new Listeners(ledger, ConcurrentHashMap.newKeySet());
		}

		record Listeners(Ledger ledger, Set<String> threads) {

			@OutboxListener(consumer = "transactional")
			void transactional(Counted event, EventMetadata metadata) {
				this.threads.add(Thread.currentThread().toString());
				this.ledger.write(event, metadata);
				fail(event);
			}

			@OutboxListener(consumer = "outside", transactional = false)
			void outside(Counted event, EventMetadata metadata) {
				this.threads.add(Thread.currentThread().toString());
				this.ledger.write(event, metadata);
				fail(event);
			}

			private static void fail(Counted event) {
				if (event.number() < 0) {
					throw new Mishap();
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Waiting {

		@Bean
		Listeners listeners() {
			return new Listeners(new AtomicInteger());
		}

		record Listeners(AtomicInteger outside) {

			@OutboxListener(consumer = "outside", transactional = false)
			void outside(Counted event) {
				this.outside.incrementAndGet();
				await().pollDelay(Duration.ofMillis(1500)).until(() -> true);
			}

		}

	}

}
