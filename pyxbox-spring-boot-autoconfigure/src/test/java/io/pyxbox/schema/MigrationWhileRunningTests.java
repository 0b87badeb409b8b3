package io.pyxbox.schema;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.pyxbox.store.EventTable;
import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.simple.JdbcClient;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * A new version migrates the tables while instances of the first one go on working with
 * them, and they do so afterwards.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MigrationWhileRunningTests {

	private static final EventTable EVENTS = new EventTable("public", "events");

	private static final String CHANGE_OF_THE_EVENTS = "ADD COLUMN IF NOT EXISTS consumer text";

	private final TestDatabase database = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(this.database.dataSource());

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final VersionOneInstance instance = new VersionOneInstance();

	private final AtomicInteger emitted = new AtomicInteger();

	private final AtomicLong longestEmit = new AtomicLong();

	private volatile boolean emitting = true;

	private volatile boolean working = true;

	@AfterEach
	void end() throws Exception {
		this.emitting = false;
		this.working = false;
		this.threads.shutdownNow();
		this.database.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void instancesOfVersionOneGoOnDuringTheMigrationAndAfterIt(boolean madeByHand) throws Exception {
		createVersionOne(madeByHand);
		List<Future<?>> emitters = List.of(run(this::emitModestly), run(this::emitModestly));
		List<Future<?>> workers = new ArrayList<>();
		VersionOneInstance.CONSUMERS
			.forEach((consumer) -> workers.addAll(List.of(run(() -> work(consumer)), run(() -> work(consumer)))));
		awaitMore(200);

		migrate(this.database.dataSource());

		awaitMore(200);
		this.emitting = false;
		for (Future<?> emitter : emitters) {
			emitter.get(30, TimeUnit.SECONDS);
		}
		await().until(() -> count("events") == 0);
		this.working = false;
		for (Future<?> worker : workers) {
			worker.get(30, TimeUnit.SECONDS);
		}
		List<Integer> numbers = IntStream.rangeClosed(1, this.emitted.get()).boxed().toList();
		for (String consumer : VersionOneInstance.CONSUMERS) {
			assertThat(this.instance.delivered()).filteredOn((delivery) -> delivery.consumer().equals(consumer))
				.extracting(VersionOneInstance.Delivery::number)
				.containsExactlyInAnyOrderElementsOf(numbers);
		}
		assertThat(count("events_retry")).isZero();
		assertThat(count("events_dead_letter")).isPositive()
			.isEqualTo(this.instance.delivered().stream().filter(VersionOneInstance.Delivery::dead).count());
	}

	@Test
	void aLongTransactionDelaysTheMigrationAndNobodyElseForLong() throws Exception {
		createVersionOne(false);
		AtomicInteger tries = new AtomicInteger();
		try (Connection longTransaction = this.database.dataSource().getConnection()) {
			this.instance.emit(longTransaction, 0, 0);
			Future<?> emitter = run(this::emit);
			awaitMore(20);

			Future<?> migration = run(() -> {
				migrate(new ObservedDataSource(this.database.dataSource(), (sql) -> {
					if (sql.contains(CHANGE_OF_THE_EVENTS)) {
						tries.incrementAndGet();
					}
				}));
				return null;
			});

			await().until(() -> tries.get() >= 3);
			assertThat(migration.isDone()).isFalse();
			awaitMore(20);
			longTransaction.commit();
			migration.get(30, TimeUnit.SECONDS);
			awaitMore(20);
			this.emitting = false;
			emitter.get(30, TimeUnit.SECONDS);
		}

		// Two seconds, and some for a slow machine.
		assertThat(TimeUnit.NANOSECONDS.toMillis(this.longestEmit.get())).isBetween(1_000L, 6_000L);
		assertThat(count("events")).isEqualTo(this.emitted.get() + 1);
	}

	/**
	 * A claim reads what is failing, then the events. Whoever changes both tables in the
	 * other order, and holds the one while it waits for the other, waits in a circle.
	 */
	@Test
	void aClaimBetweenItsTwoReadsAndTheMigrationDoNotWaitForEachOther() throws Exception {
		createVersionOne(false);
		try (Connection claiming = this.database.dataSource().getConnection()) {
			claiming.setAutoCommit(false);
			execute(claiming, "SELECT FROM events_retry WHERE consumer = 'mail' AND bucket = 1");
			Future<?> migration = run(() -> {
				migrate(this.database.dataSource());
				return null;
			});
			await().until(this::somebodyWaitsForATable);

			execute(claiming, "SELECT FROM events WHERE bucket = 1");

			claiming.commit();
			migration.get(30, TimeUnit.SECONDS);
		}
	}

	/** So that there are not too many that wait. */
	private Void emitModestly() throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection()) {
			while (this.emitting) {
				emitSome(connection);
				await().until(() -> count("events") < 500);
			}
		}
		return null;
	}

	private Void emit() throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection()) {
			while (this.emitting) {
				emitSome(connection);
			}
		}
		return null;
	}

	private void emitSome(Connection connection) throws SQLException {
		int count = 1 + this.emitted.get() % 3;
		int last = this.emitted.addAndGet(count);
		long startedAt = System.nanoTime();
		this.instance.emit(connection, last - count + 1, last);
		connection.commit();
		this.longestEmit.accumulateAndGet(System.nanoTime() - startedAt, Math::max);
	}

	private Void work(String consumer) throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection()) {
			while (this.working) {
				this.instance.work(connection, consumer);
			}
		}
		return null;
	}

	private void createVersionOne(boolean byHand) throws Exception {
		if (byHand) {
			String script = new ClassPathResource("io/pyxbox/schema/migration/V1__outbox.sql")
				.getContentAsString(UTF_8);
			try (Connection connection = this.database.dataSource().getConnection()) {
				execute(connection, script.replace("${schema}", EVENTS.schema()).replace("${table}", EVENTS.name()));
			}
			return;
		}
		Flyway.configure()
			.dataSource(this.database.dataSource())
			.table(EVENTS.historyName())
			.locations(SchemaMigrator.LOCATION)
			.placeholders(Map.of("schema", EVENTS.schema(), "table", EVENTS.name()))
			.target("1")
			.load()
			.migrate();
	}

	private static void migrate(DataSource dataSource) {
		new OutboxSchema(EVENTS, SchemaMode.MIGRATE, dataSource, null, new DefaultListableBeanFactory()).initialize();
	}

	private <T> Future<?> run(Callable<T> task) {
		return this.threads.submit(task);
	}

	private void awaitMore(int events) {
		int before = this.emitted.get();
		await().until(() -> this.emitted.get() >= before + events);
	}

	private boolean somebodyWaitsForATable() {
		return this.jdbc.sql("SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'relation' AND NOT granted")
			.query(Boolean.class)
			.single();
	}

	private long count(String table) {
		return this.jdbc.sql("SELECT count(*) FROM " + table).query(Long.class).single();
	}

	private static void execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(60, TimeUnit.SECONDS).pollInterval(20, TimeUnit.MILLISECONDS);
	}

}
