package io.pyxbox.scenario;

import java.time.Duration;
import java.util.Map;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promises hold across a dump and its restoration: nothing that the outbox knows is
 * about transactions of one server.
 */
@ExtendWith(OutputCaptureExtension.class)
class DumpAndRestoreTests extends Scenario {

	private static final int KEYS = 10;

	/** The second attempt comes at once, the third after an hour. */
	private static final String[] RETRIES = { "pyxbox.retry.initial-interval=20ms", "pyxbox.retry.multiplier=1000000",
			"pyxbox.retry.max-interval=1h", "pyxbox.retry.max-attempts=4" };

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void whatIsPendingIsDeliveredOnAnotherServer() throws Exception {
		TestApplication before = start(App.class, RETRIES);
		before.outbox().emit(new Counted("half", App.OUTSIDE_IS_CLOSED));
		before.outbox().emit(new Counted("half", App.OUTSIDE_IS_CLOSED + 1));
		before.outbox().emitAll(counted("key-0", 1, 5));
		storeUndecodable(this.tables);
		await().until(() -> this.ledger.size() == 12 && attemptsOutside(this.tables) == 2
				&& this.tables.deadLetters().size() == 2 && this.tables.events() == 2);
		before.stop();
		before.outbox().emitAll(counted("key-0", 6, 20));
		for (int key = 1; key < KEYS; key++) {
			before.outbox().emitAll(counted("key-" + key, 1, 20));
		}
		Dump dump = Dump.of(this.database.dataSource());
		long lastId = maxId(this.tables);
		before.close();

		try (TestDatabase.Server server = TestDatabase.Server.start(Map.of());
				TestDatabase restored = server.createDatabase();
				TestApplication after = TestApplication.start(restored, App.class, "pyxbox.poller.auto-startup=false",
						RETRIES[0], RETRIES[3])) {
			OutboxTables restoredTables = new OutboxTables(restored);
			Ledger restoredLedger = new Ledger(JdbcClient.create(restored.dataSource()));
			restoredLedger.create();
			assertThat(transactionId(restoredTables)).isLessThan(transactionId(this.tables));
			dump.restoreTo(restored.dataSource());
			after.outbox().emitAll(counted("key-0", 21, 30));
			storeUndecodable(restoredTables);
			assertThat(restoredTables.jdbc()
				.sql("select count(*) from events where id > ?")
				.param(lastId)
				.query(Integer.class)
				.single()).isEqualTo(11);
			restoredTables.execute("update events_retry set next_attempt_at = now()");

			after.start();

			await().until(() -> restoredTables.events() == 0);
			for (String consumer : new String[] { "inside", "outside" }) {
				assertThat(restoredLedger.events(consumer)).filteredOn((event) -> event.key().equals("key-0"))
					.isEqualTo(counted("key-0", 1, 30));
				assertThat(OrderPerKey.violations(restoredLedger.events(consumer)
					.stream()
					.filter((event) -> !event.key().equals("key-0") && !event.key().equals("half"))
					.toList(), KEYS - 1, 20)).as(consumer).isEmpty();
				assertThat(restoredLedger.events(consumer)).filteredOn((event) -> event.key().equals("half"))
					.extracting(Counted::number)
					.containsExactly(App.OUTSIDE_IS_CLOSED, App.OUTSIDE_IS_CLOSED + 1);
			}
			assertThat(restoredTables.jdbc()
				.sql("select attempt from ledger where consumer = 'outside' and number = ?")
				.param(App.OUTSIDE_IS_CLOSED)
				.query(Integer.class)
				.single()).isEqualTo(3);
			assertThat(restoredTables.deadLetters()).hasSize(4);
			assertThat(restoredTables.retries()).isZero();
		}
	}

	/** It looks once per poll interval. */
	@Test
	void aRunningInstanceNoticesThatAnEarlierStateIsRestored(CapturedOutput output) throws Exception {
		TestApplication application = start(App.class, "logging.level.io.pyxbox.dispatch=info");
		application.outbox().emitAll(counted("a", 1, 50));
		await().until(() -> this.tables.events() == 0);
		application.stop();
		application.outbox().emitAll(counted("a", 51, 100));
		application.outbox().emitAll(counted("b", 1, 50));
		Dump dump = Dump.of(this.database.dataSource());
		long lastId = maxId(this.tables);
		application.start();
		// Far enough for everything that remembers how far it has come.
		for (int round = 0; round < 10; round++) {
			application.outbox().emitAll(counted("a", 101 + round * 50, 150 + round * 50));
			await().until(() -> this.tables.events() == 0);
		}
		await().during(Duration.ofMillis(600)).until(() -> this.tables.advisoryLocks() == 0);

		dump.restoreTo(this.database.dataSource());
		await().until(() -> output.getAll().contains("The ids of the outbox's events have gone backwards"));
		application.outbox().emit(new Counted("a", 101));

		await().until(() -> this.tables.events() == 0);
		for (String consumer : new String[] { "inside", "outside" }) {
			assertThat(this.ledger.events(consumer)).filteredOn((event) -> event.key().equals("a"))
				.isEqualTo(counted("a", 1, 101));
			assertThat(this.ledger.events(consumer)).filteredOn((event) -> event.key().equals("b"))
				.isEqualTo(counted("b", 1, 50));
		}
		application.stop();
		application.outbox().emit(new Counted("a", 102));
		assertThat(maxId(this.tables)).isEqualTo(lastId + 2);
	}

	private static void storeUndecodable(OutboxTables tables) {
		tables.execute("insert into events (bucket, event_id, type, payload) "
				+ "values (7, gen_random_uuid(), 'counted', '\"not a number\"')");
	}

	private static int attemptsOutside(OutboxTables tables) {
		return tables.jdbc()
			.sql("select coalesce(sum(attempts), 0) from events_retry where consumer = 'outside'")
			.query(Integer.class)
			.single();
	}

	private static long maxId(OutboxTables tables) {
		return tables.jdbc().sql("select max(id) from events").query(Long.class).single();
	}

	private static long transactionId(OutboxTables tables) {
		return tables.jdbc().sql("select txid_current()").query(Long.class).single();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		static final int OUTSIDE_IS_CLOSED = 1000;

		@Bean
		Listeners listeners(Ledger ledger) {
			return new Listeners(ledger);
		}

	}

	record Listeners(Ledger ledger) {

		@OutboxListener(consumer = "inside")
		void inside(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

		@OutboxListener(consumer = "outside", transactional = false)
		void outside(Counted event, EventMetadata metadata) {
			if (event.number() == App.OUTSIDE_IS_CLOSED && metadata.attempt() < 3) {
				throw new Mishap();
			}
			this.ledger.write(event, metadata);
		}

	}

}
