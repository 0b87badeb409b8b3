package io.pyxbox.scenario;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.testdatabase.PgBouncer;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.TransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 8: it works behind PgBouncer in transaction mode, where each transaction may
 * get another session. There are fewer sessions than the applications have connections,
 * so that they do.
 */
class BehindPgBouncerTests extends Scenario {

	private static final int SESSIONS = 8;

	private static final String FEWER_WORKERS_THAN_SESSIONS = "pyxbox.poller.concurrency=3";

	private static PgBouncer pooler;

	BehindPgBouncerTests() {
		super(pooler.createDatabase());
	}

	@BeforeAll
	static void startPooler() {
		if (!PgBouncer.isInstalled()) {
			System.out.println("Skipped: BehindPgBouncerTests, for pgbouncer is not installed");
		}
		Assumptions.assumeTrue(PgBouncer.isInstalled(), "pgbouncer is not installed");
		pooler = PgBouncer.start(TestDatabase.server(), SESSIONS);
	}

	@AfterAll
	static void endPooler() {
		if (pooler != null) {
			pooler.close();
		}
	}

	@BeforeEach
	void createTables() {
		this.ledger.create();
		this.tables.execute("create table aggregate (key text primary key, version int not null)");
	}

	@Test
	void anEventExistsIfAndOnlyIfItsTransactionCommitted() {
		TestApplication application = prepare(App.class);
		Shop shop = Shop.open(application, this.tables);

		application.inTransaction(() -> shop.order("committed"));
		application.inTransaction((status) -> {
			shop.order("rolled back");
			status.setRollbackOnly();
		});
		application.inTransaction((outer) -> {
			shop.order("outer");
			application.transaction(TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult((nested) -> {
				shop.order("nested and rolled back");
				nested.setRollbackOnly();
			});
			application.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
				.executeWithoutResult((own) -> shop.order("in a transaction of its own"));
		});
		shop.tell("without a transaction");

		assertThat(shop.orders()).containsExactlyInAnyOrder("committed", "outer", "in a transaction of its own");
		assertThat(shop.told()).containsExactlyInAnyOrder("committed", "outer", "in a transaction of its own",
				"without a transaction");
	}

	@Test
	void twoInstancesDeliverEachEventOnceAndInTheOrderOfItsKey() throws Exception {
		TestApplication one = start(App.class, FEWER_WORKERS_THAN_SESSIONS);
		TestApplication two = start(App.class, FEWER_WORKERS_THAN_SESSIONS);

		Future<?> writer = this.threads.submit(() -> write(one, 25, 20));
		write(two, 25, 20);
		writer.get();

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), 25, 40)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("outside"), 25, 40)).isEmpty();
		assertThat(sessions()).isBetween(2, SESSIONS);
		await().untilAsserted(() -> assertThat(this.tables.advisoryLocks()).isZero());
	}

	@Test
	void aFailedEventIsTriedAgainAndGivenUpInTheEnd() {
		TestApplication application = prepare(App.class, "failing=3", "pyxbox.retry.max-attempts=3");
		application.outbox().emitAll(counted("a", 1, 6));
		application.outbox().emitAll(counted("b", 1, 2));

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).hasSize(2).allSatisfy((dead) -> {
			assertThat(dead.number()).isEqualTo("3");
			assertThat(dead.attempts()).isEqualTo(3);
			assertThat(dead.errorClass()).isEqualTo(Mishap.class.getName());
		});
		assertThat(this.tables.retries()).isZero();
		for (String consumer : List.of("transactional", "outside")) {
			assertThat(this.ledger.events(consumer)).filteredOn((event) -> "a".equals(event.key()))
				.extracting(Counted::number)
				.containsExactly(1, 2, 4, 5, 6);
			assertThat(this.ledger.events(consumer)).filteredOn((event) -> "b".equals(event.key()))
				.extracting(Counted::number)
				.containsExactly(1, 2);
		}
	}

	@Test
	void whoPullsGetsEachEventOnceAndAMessageIsReceivedOnce() {
		TestApplication application = prepare(LedgerApplication.class);
		TransactionalInbox inbox = application.bean(TransactionalInbox.class);
		for (int key = 0; key < 5; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 20));
		}

		List<Future<?>> pulling = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			pulling.add(this.threads.submit(() -> {
				while (inbox.next((event) -> ledgerOf(application).write((Counted) event.event(), event.metadata()))) {
					application.inTransaction(() -> inbox.next()
						.ifPresent((event) -> ledgerOf(application).write((Counted) event.event(), event.metadata())));
				}
			}));
		}
		pulling.forEach(Scenario::result);
		inbox.take(100, (events) -> events
			.forEach((event) -> ledgerOf(application).write((Counted) event.event(), event.metadata())));

		assertThat(OrderPerKey.violations(this.ledger.events(), 5, 20)).isEmpty();
		assertThat(inbox.receive("billing", "m-1", () -> this.ledger.size())).isTrue();
		assertThat(inbox.receive("billing", "m-1", () -> this.ledger.size())).isFalse();
		await().untilAsserted(() -> assertThat(this.tables.advisoryLocks()).isZero());
	}

	private static Ledger ledgerOf(TestApplication application) {
		return application.bean(Ledger.class);
	}

	@Test
	void noSessionIsLeftListening() {
		TestApplication emitter = prepare(App.class);
		start(App.class, FEWER_WORKERS_THAN_SESSIONS);

		emitter.outbox().emitAll(counted("a", 1, 3));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.jdbc()
			.sql("select count(*) from pg_stat_activity where datname = current_database() and query like 'LISTEN %'")
			.query(Integer.class)
			.single()).isZero();
	}

	@Test
	void aConsumerThatHangsDelaysNobody() {
		TestApplication application = start(Hanging.class, FEWER_WORKERS_THAN_SESSIONS);

		for (int key = 0; key < 20; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 5));
		}

		await().untilAsserted(() -> assertThat(OrderPerKey.violations(this.ledger.events("quick"), 20, 5)).isEmpty());
		assertThat(this.ledger.events("hanging")).isEmpty();
		assertThat(this.tables.advisoryLocks()).isPositive();
		application.bean(Hanging.Listeners.class).latch().countDown();
		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("hanging"), 20, 5)).isEmpty();
		await().untilAsserted(() -> assertThat(this.tables.advisoryLocks()).isZero());
	}

	@Test
	void nothingIsLeftInASession() throws Exception {
		TestApplication application = start(App.class, FEWER_WORKERS_THAN_SESSIONS, "failing=3",
				"pyxbox.retry.max-attempts=2");
		write(application, 10, 20);
		await().until(() -> this.tables.events() == 0);
		application.close();

		List<List<String>> left = leftInSessions();

		assertThat(left).hasSize(SESSIONS).containsOnly(List.of());
	}

	/**
	 * The negative control: what somebody leaves in a session is found, whichever session
	 * it is.
	 */
	@Test
	void whatIsLeftInASessionIsFound() throws Exception {
		this.tables.execute("set search_path to nowhere");
		this.tables.execute("do $$ begin perform pg_advisory_lock(1); end $$");
		this.tables.execute("prepare nothing as select 1");
		this.tables.execute("listen nobody");

		assertThat(leftInSessions().stream().flatMap(List::stream)).containsExactlyInAnyOrder("setting search_path",
				"lock advisory", "statement nothing", "channel nobody");
	}

	/**
	 * Looks into all sessions at the same time: a transaction keeps its session, so each
	 * of as many transactions as there are sessions has another one.
	 */
	private List<List<String>> leftInSessions() throws SQLException {
		List<Connection> connections = new ArrayList<>();
		List<List<String>> left = new ArrayList<>();
		try {
			for (int i = 0; i < SESSIONS; i++) {
				Connection connection = endAfterwards(this.database.dataSource().getConnection());
				connections.add(connection);
				connection.setAutoCommit(false);
				left.add(leftInSession(connection));
			}
		}
		finally {
			for (Connection connection : connections) {
				connection.close();
			}
		}
		return left;
	}

	private static List<String> leftInSession(Connection connection) throws SQLException {
		// The driver sets extra_float_digits, PgBouncer what it knows of a client; Flyway
		// sets the role to the one that has logged in; the isolation level is that of a
		// transaction, of which the next one knows nothing.
		String sql = """
				select 'setting ' || name from pg_settings where source = 'session' and name not in
				  ('extra_float_digits', 'application_name', 'client_encoding', 'DateStyle', 'TimeZone',
				   'standard_conforming_strings', 'transaction_isolation')
				union all select 'role ' || current_user where current_user <> session_user
				union all select 'claim' where current_setting('pyxbox.claimed', true) <> ''
				union all select 'lock ' || locktype from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'
				union all select 'statement ' || name from pg_prepared_statements where name not like 'PGBOUNCER%'
				union all select 'cursor ' || name from pg_cursors where is_holdable
				union all select 'channel ' || channel from pg_listening_channels() channel
				union all select 'temporary ' || relname from pg_class
				  where relpersistence = 't' and pg_table_is_visible(oid)
				""";
		List<String> left = new ArrayList<>();
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
			while (row.next()) {
				left.add(row.getString(1));
			}
		}
		return left;
	}

	private int sessions() {
		return this.tables.jdbc()
			.sql("select count(*) from pg_stat_activity where datname = current_database()")
			.query(Integer.class)
			.single();
	}

	/**
	 * Writes as an application does that cares for the order: it locks the aggregate.
	 */
	private void write(TestApplication application, int keys, int perKey) {
		for (int i = 0; i < keys * perKey; i++) {
			String key = "key-" + i % keys;
			application.inTransaction(() -> {
				int version = application.jdbc().sql("""
						insert into aggregate values (?, 1)
						on conflict (key) do update set version = aggregate.version + 1 returning version
						""").param(key).query(Integer.class).single();
				application.outbox().emit(new Counted(key, version));
			});
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Listeners listeners(Ledger ledger, @Value("${failing:0}") int failing) {
			return new Listeners(ledger, failing);
		}

		record Listeners(Ledger ledger, int failing) {

			@OutboxListener(consumer = "transactional")
			void transactional(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
				failIfTold(event);
			}

			@OutboxListener(consumer = "outside", transactional = false)
			void outside(Counted event, EventMetadata metadata) {
				failIfTold(event);
				this.ledger.write(event, metadata);
			}

			private void failIfTold(Counted event) {
				if (event.number() == this.failing) {
					throw new Mishap();
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Hanging {

		@Bean
		Listeners listeners(Ledger ledger) {
			return new Listeners(ledger, new CountDownLatch(1));
		}

		record Listeners(Ledger ledger, CountDownLatch latch) {

			@OutboxListener(consumer = "hanging")
			void hanging(Counted event, EventMetadata metadata) throws InterruptedException {
				this.latch.await();
				this.ledger.write(event, metadata);
			}

			@OutboxListener(consumer = "quick")
			void quick(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
			}

		}

	}

}
