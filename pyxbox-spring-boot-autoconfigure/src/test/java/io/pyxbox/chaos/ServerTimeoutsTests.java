package io.pyxbox.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;

import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An administrator has set short time-outs for everybody.
 */
class ServerTimeoutsTests extends Trouble {

	private static final String TIMEOUT = "1s";

	@BeforeEach
	void setTimeouts() {
		for (String setting : List.of("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")) {
			this.tables.execute("do $$ begin execute format('alter database %I set " + setting + " = ''" + TIMEOUT
					+ "''', current_database()); end $$");
		}
	}

	@Test
	void theyDoNotConcernWhatIsQuick(CapturedOutput output) {
		start(300);

		awaitDelivery(SOON);
		awaitDelivery(SOON);

		assertBalanced();
		assertThat(output.getAll()).doesNotContain("cannot be delivered")
			.containsOnlyOnce("The database ends what takes longer than idle_in_transaction_session_timeout = 1000ms, "
					+ "statement_timeout = 1000ms");
	}

	@Test
	void manyCallsThatDoNotUseTheDatabaseAreNotMadeOverAndOver() {
		TestApplication application = start(Application.class, 0);
		Queue<Integer> calls = application.bean(Listeners.class).idle();

		application.outbox().emitAll(IntStream.range(0, 10).mapToObj((i) -> new Idle("a", i, 400)).toList());

		await().until(() -> this.tables.events() == 0);
		assertThat(calls).hasSizeLessThanOrEqualTo(20).containsSequence(8, 9);
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	@Test
	void aCallThatIsTooLongForItsTransactionIsAFailureAndTheOthersGoOn() {
		TestApplication application = start(Application.class, 0, "pyxbox.retry.max-attempts=2");
		Queue<Integer> calls = application.bean(Listeners.class).idle();

		application.outbox().emit(new Idle("a", 1, 1_500));
		application.outbox().emit(new Idle("b", 2, 0));
		application.outbox().emit(new Idle("a", 3, 0));

		await().until(() -> this.tables.events() == 0);
		assertThat(calls).contains(1, 2, 3).hasSizeLessThanOrEqualTo(9);
		assertThat(this.tables.count("events_dead_letter")).isEqualTo(1);
	}

	@Test
	void aCallOutsideAnyTransactionMayTakeLonger() {
		TestApplication application = start(Application.class, 0);

		application.outbox().emit(new Elsewhere(2_000));

		await().until(() -> this.tables.events() == 0);
		assertThat(application.bean(Listeners.class).elsewhere()).containsExactly(2_000);
		assertThat(this.tables.retries()).isZero();
	}

	@Test
	void aStatementThatTakesTooLongIsAFailureOfItsEventAndTheOthersGoOn() {
		TestApplication application = start(Application.class, 0, "pyxbox.retry.max-attempts=2");

		application.outbox().emit(new Statement("a", "select pg_sleep(10)"));
		application.outbox().emit(new Statement("b", "select 1"));
		application.outbox().emit(new Statement("a", "select 2"));

		await().until(() -> this.tables.events() == 0);
		// The first time, its neighbours may have to be redone, and it as well.
		assertThat(application.bean(Listeners.class).statements()).contains("select 1", "select 2")
			.hasSizeLessThanOrEqualTo(6);
		assertThat(this.tables.count("events_dead_letter")).isEqualTo(1);
	}

	@Test
	void aLockThatIsNotToBeHadIsWaitedForInRetries() throws Exception {
		this.tables.execute("create table locked as select 0 as number");
		TestApplication application = start(Application.class, 0);

		try (var connection = this.database.dataSource().getConnection()) {
			connection.setAutoCommit(false);
			connection.createStatement()
				.execute("set idle_in_transaction_session_timeout = 0; update locked set number = 1");
			application.outbox().emit(new Statement("a", "update locked set number = 2"));
			await().until(() -> this.tables.retries() == 1);
			connection.rollback();
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.jdbc().sql("select number from locked").query(Integer.class).single()).isEqualTo(2);
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	@OutboxEvent(type = "idle", partitionKey = "key")
	record Idle(String key, int number, long millis) {
	}

	@OutboxEvent(type = "elsewhere")
	record Elsewhere(int millis) {
	}

	@OutboxEvent(type = "statement", partitionKey = "key")
	record Statement(String key, String sql) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Listeners listeners(JdbcClient jdbc) {
			return new Listeners(jdbc, new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>(),
					new ConcurrentLinkedQueue<>());
		}

	}

	record Listeners(JdbcClient jdbc, Queue<Integer> idle, Queue<Integer> elsewhere, Queue<String> statements) {

		@OutboxListener(consumer = "idle")
		void on(Idle event) {
			this.idle.add(event.number());
			Pause.of(Duration.ofMillis(event.millis()));
		}

		@OutboxListener(consumer = "elsewhere", transactional = false)
		void on(Elsewhere event) {
			this.elsewhere.add(event.millis());
			Pause.of(Duration.ofMillis(event.millis()));
		}

		@OutboxListener(consumer = "statements")
		void on(Statement event) {
			this.statements.add(event.sql());
			if (event.sql().startsWith("select")) {
				this.jdbc.sql(event.sql()).query().singleValue();
			}
			else {
				this.jdbc.sql(event.sql()).update();
			}
		}

	}

}
