package io.pyxbox.schema;

import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import io.pyxbox.store.EventTable;
import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

class ConcurrentMigrationTests {

	private static final String PART_OF_THE_QUESTION_WHETHER_A_SCHEMA_IS_EMPTY = "d.deptype = 'e'";

	private static final int SCHEMAS = 5;

	private static final int INSTANCES = 2;

	private static final TestDatabase database = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(database.dataSource());

	private final ExecutorService executor = Executors.newFixedThreadPool(SCHEMAS * INSTANCES);

	@AfterEach
	void shutDown() {
		this.executor.shutdown();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	/**
	 * 20 schemas in all: five at a time, because Flyway waits for its lock in seconds.
	 */
	@RepeatedTest(4)
	void instancesThatStartAtOnceCreateTheSchemaAndTheTablesOnce(RepetitionInfo repetition) throws Exception {
		CyclicBarrier start = new CyclicBarrier(SCHEMAS * INSTANCES);
		List<Future<?>> instances = new ArrayList<>();

		for (int i = 0; i < SCHEMAS * INSTANCES; i++) {
			String schema = "fresh_" + repetition.getCurrentRepetition() + "_" + i % SCHEMAS;
			instances.add(this.executor.submit(() -> {
				start.await();
				migrate(schema);
				return null;
			}));
		}
		for (Future<?> instance : instances) {
			instance.get(1, TimeUnit.MINUTES);
		}

		for (int i = 0; i < SCHEMAS; i++) {
			assertThat(migrationsOf("fresh_" + repetition.getCurrentRepetition() + "_" + i)).isOne();
		}
	}

	@Test
	void standsThatAnotherInstanceCreatesTheSchemaAtTheSameMoment() throws Exception {
		try (Connection other = database.dataSource().getConnection(); Statement statement = other.createStatement()) {
			other.setAutoCommit(false);
			statement.execute("CREATE SCHEMA contended");
			Future<?> instance = this.executor.submit(() -> migrate("contended"));
			Awaitility.await().until(this::someoneWaitsForALock);

			other.commit();

			instance.get(1, TimeUnit.MINUTES);
		}
		assertThat(migrationsOf("contended")).isOne();
	}

	@Test
	void standsThatAnotherInstanceMigratesAfterFlywayHasLookedForItsHistory() {
		AtomicInteger others = new AtomicInteger();
		DataSource interrupted = new ObservedDataSource(database.dataSource(), (sql) -> {
			if (sql.contains(PART_OF_THE_QUESTION_WHETHER_A_SCHEMA_IS_EMPTY) && others.getAndIncrement() == 0) {
				migrate("overtaken");
			}
		});

		migrate("overtaken", interrupted);

		assertThat(others).as("times that Flyway asked whether the schema is empty").hasValue(1);
		assertThat(migrationsOf("overtaken")).isOne();
	}

	private static void migrate(String schema) {
		migrate(schema, database.dataSource());
	}

	private static void migrate(String schema, DataSource dataSource) {
		new OutboxSchema(new EventTable(schema, "events"), SchemaMode.MIGRATE, dataSource, null,
				new DefaultListableBeanFactory())
			.initialize();
	}

	private boolean someoneWaitsForALock() {
		return this.jdbc.sql("""
				SELECT count(*) > 0 FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock'
				""").query(Boolean.class).single();
	}

	private long migrationsOf(String schema) {
		return this.jdbc.sql("SELECT count(*) FROM " + schema + ".events_history WHERE version = '1' AND success")
			.query(Long.class)
			.single();
	}

}
