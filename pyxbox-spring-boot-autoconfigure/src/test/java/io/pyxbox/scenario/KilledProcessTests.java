package io.pyxbox.scenario;

import java.time.Duration;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 3 when the process dies: SIGKILL in the middle of chunks loses and doubles
 * nothing in the database.
 */
class KilledProcessTests extends Scenario {

	private static final int KEYS = 40;

	private static final int PER_KEY = 100;

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void killingTheProcessInTheMiddleOfChunksLosesAndDoublesNothing() throws Exception {
		TestApplication application = prepare(App.class);
		for (int key = 0; key < KEYS; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, PER_KEY));
		}
		for (int kill = 1; kill <= 3; kill++) {
			ChildJvm child = startChild(App.class);
			int before = this.ledger.size();
			await().atMost(Duration.ofSeconds(60)).until(() -> this.ledger.size() > before);
			// The listeners are slow: an uncommitted chunk is always under way.
			await().until(() -> uncommittedWork() > 0);
			child.kill();
			assertThat(this.tables.events()).isPositive();
		}

		this.tables.execute("update pace set milliseconds = 0");
		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("first"), KEYS, PER_KEY)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("second"), KEYS, PER_KEY)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	private int uncommittedWork() {
		return this.tables.jdbc()
			.sql("select count(*) from pg_stat_activity where datname = current_database() and backend_xid is not null "
					+ "and pid <> pg_backend_pid()")
			.query(Integer.class)
			.single();
	}

	@BeforeEach
	void setThePace() {
		this.tables.execute("create table pace (milliseconds int)");
		this.tables.execute("insert into pace values (4)");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Writer writer(Ledger ledger) {
			return new Writer(ledger);
		}

	}

	record Writer(Ledger ledger) {

		@OutboxListener(consumer = "first")
		void first(Counted event, EventMetadata metadata) {
			write(event, metadata);
		}

		@OutboxListener(consumer = "second", isolation = DeliveryIsolation.CHUNK)
		void second(Counted event, EventMetadata metadata) {
			write(event, metadata);
		}

		private void write(Counted event, EventMetadata metadata) {
			JdbcClient jdbc = this.ledger.jdbc();
			this.ledger.write(event, metadata);
			jdbc.sql("select pg_sleep(milliseconds / 1000.0) from pace").query().singleColumn();
		}

	}

}
