package io.pyxbox.schema;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.pyxbox.store.EventTable;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class OutboxSchemaTests {

	private static final EventTable EVENTS = new EventTable("public", "events");

	private static final TestDatabase database = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(database.dataSource());

	@BeforeEach
	void emptyDatabase() {
		execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
		execute("DROP SCHEMA IF EXISTS messaging CASCADE; DROP SCHEMA IF EXISTS \"Order\" CASCADE");
		assertThat(tables()).isEmpty();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void createsTheTablesAndTheirHistoryInAnEmptySchema() {
		migrate(EVENTS);

		assertThat(tables()).containsExactly("public.events", "public.events_consumer", "public.events_dead_letter",
				"public.events_deduplication", "public.events_delayed", "public.events_history",
				"public.events_in_flight", "public.events_inbox", "public.events_inbox_offset", "public.events_retry");
		assertThat(appliedScripts("public.events_history")).containsExactly("V1__outbox.sql", "V2__failures.sql",
				"V3__topics.sql", "V4__inbox.sql", "V5__versions.sql", "V6__codecs.sql", "V7__delayed.sql");
	}

	@Test
	void runsTheFirstScriptInASchemaThatIsNotEmpty() {
		execute("CREATE TABLE orders (id bigint)");

		migrate(EVENTS);

		assertThat(tables()).contains("public.orders", "public.events");
		assertThat(appliedScripts("public.events_history")).contains("V1__outbox.sql");
	}

	@Test
	void hasNothingToDoTheSecondTime() {
		migrate(EVENTS);
		execute("INSERT INTO events (bucket, event_id, type, payload) VALUES (1, gen_random_uuid(), 'a', '{}')");

		migrate(EVENTS);

		assertThat(appliedScripts("public.events_history")).containsExactly("V1__outbox.sql", "V2__failures.sql",
				"V3__topics.sql", "V4__inbox.sql", "V5__versions.sql", "V6__codecs.sql", "V7__delayed.sql");
		assertThat(count("events")).isOne();
	}

	@Test
	void createsTheSchemaIfItIsMissing() {
		migrate(new EventTable("messaging", "events"));

		assertThat(tables()).contains("messaging.events", "messaging.events_history")
			.noneMatch((table) -> table.startsWith("public."));
	}

	@Test
	void keepsNamesInMixedCaseAndKeyWordsAsTheyAre() {
		migrate(new EventTable("Order", "Select_Events"));

		assertThat(tables()).containsExactlyInAnyOrder("Order.Select_Events", "Order.Select_Events_consumer",
				"Order.Select_Events_dead_letter", "Order.Select_Events_deduplication", "Order.Select_Events_delayed",
				"Order.Select_Events_history", "Order.Select_Events_in_flight", "Order.Select_Events_inbox",
				"Order.Select_Events_inbox_offset", "Order.Select_Events_retry");
	}

	@Test
	void derivesNamesThatPostgresDoesNotCutOff() {
		migrate(new EventTable("public", "e".repeat(44)));
		migrate(new EventTable("public", "e".repeat(43)));

		assertThat(tables()).hasSize(20);
		assertThat(
				this.jdbc.sql("SELECT count(*) FROM pg_class WHERE length(relname) = 63 AND relname NOT LIKE '%_seq'")
					.query(Long.class)
					.single())
			.isZero();
	}

	@Test
	void givesASecondTableItsOwnHistory() {
		migrate(EVENTS);

		migrate(new EventTable("public", "audit"));

		assertThat(tables()).contains("public.events", "public.events_history", "public.audit", "public.audit_history");
	}

	@Test
	void takesOverTablesThatWereMadeByHand() throws Exception {
		Resource script = new PathMatchingResourcePatternResolver()
			.getResource(SchemaMigrator.LOCATION + "/V1__outbox.sql");
		String sql = script.getContentAsString(StandardCharsets.UTF_8);
		execute(sql.replace("${schema}", "public").replace("${table}", "events"));

		migrate(EVENTS);

		assertThat(appliedScripts("public.events_history")).contains("V1__outbox.sql");
	}

	@Test
	void registrationsOfAnEarlierVersionMeanWhatTheyMeant() throws Exception {
		for (String name : List.of("V1__outbox.sql", "V2__failures.sql")) {
			String sql = new PathMatchingResourcePatternResolver().getResource(SchemaMigrator.LOCATION + "/" + name)
				.getContentAsString(StandardCharsets.UTF_8);
			execute(sql.replace("${schema}", "public").replace("${table}", "events"));
		}
		execute("INSERT INTO events_consumer (consumer, type, topic) VALUES ('mail', 'T', NULL), ('stock', 'U', 'orders')");
		String registrations = "SELECT concat_ws(' ', revision, consumer, type, topic) FROM events_consumer ORDER BY 1";
		List<String> before = this.jdbc.sql(registrations).query(String.class).list();

		migrate(EVENTS);

		assertThat(this.jdbc.sql(registrations).query(String.class).list()).isEqualTo(before);
		assertThat(this.jdbc.sql("SELECT count(topic_pattern) FROM events_consumer").query(Long.class).single())
			.isZero();
	}

	@Test
	void goesOnWhereAProcessDiedBeforeItWroteTheHistory() {
		migrate(EVENTS);
		execute("DELETE FROM events_history WHERE version <> '0'");

		migrate(EVENTS);

		assertThat(appliedScripts("public.events_history")).containsExactly("V1__outbox.sql", "V2__failures.sql",
				"V3__topics.sql", "V4__inbox.sql", "V5__versions.sql", "V6__codecs.sql", "V7__delayed.sql");
	}

	@Test
	void leavesATableOfSomeoneElseAlone() {
		execute("CREATE TABLE events (id bigint, title text)");

		assertThatExceptionOfType(SchemaMismatchException.class).isThrownBy(() -> migrate(EVENTS))
			.withMessageContaining("table \"public\".\"events\" has no column created_at, event_id");
		assertThat(tables()).containsExactly("public.events");
	}

	@Test
	void rebuildsWhatAnApplicationsTestsHaveCleaned() {
		OutboxSchema schema = schema(EVENTS, SchemaMode.MIGRATE, database.dataSource());
		schema.initialize();
		execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");

		schema.initialize();

		assertThat(tables()).contains("public.events");
	}

	@Test
	void givesConnectionsBackToThePoolAsTheyWere() {
		HikariConfig config = new HikariConfig();
		config.setDataSource(database.dataSource());
		config.setMaximumPoolSize(2);
		try (HikariDataSource pool = new HikariDataSource(config)) {
			List<String> before = sessionState(pool);

			schema(new EventTable("messaging", "events"), SchemaMode.MIGRATE, pool).initialize();

			assertThat(sessionState(pool)).isEqualTo(before);
		}
	}

	/** Behind PgBouncer in transaction mode the session is someone else's next. */
	@Test
	void changesTheSearchPathForItsTransactionsOnly() {
		List<String> statements = new CopyOnWriteArrayList<>();

		schema(new EventTable("messaging", "events"), SchemaMode.MIGRATE,
				new ObservedDataSource(database.dataSource(), statements::add))
			.initialize();

		assertThat(statements).filteredOn((sql) -> sql.contains("set_config"))
			.isNotEmpty()
			.containsOnly("SELECT set_config('search_path', ?, true)");
	}

	@ParameterizedTest
	@ValueSource(strings = { "events", "events_retry", "events_dead_letter", "events_consumer", "events_in_flight",
			"events_inbox", "events_inbox_offset", "events_delayed", "events_deduplication" })
	void validatesExactlyTheColumnsThatTheMigrationsCreate(String table) {
		migrate(EVENTS);
		List<String> columns = this.jdbc
			.sql("SELECT column_name FROM information_schema.columns WHERE table_name = ? ORDER BY ordinal_position")
			.param(table)
			.query(String.class)
			.list();
		columns.forEach((column) -> execute("ALTER TABLE " + table + " RENAME " + column + " TO no_" + column));

		assertThatExceptionOfType(SchemaMismatchException.class).isThrownBy(() -> validate(EVENTS))
			.withMessageEndingWith("table \"public\".\"" + table + "\" has no column " + String.join(", ", columns));
	}

	@Test
	void missesASequenceOfAnotherName() {
		migrate(EVENTS);
		execute("ALTER SEQUENCE events_id_seq RENAME TO other_seq");

		assertThatExceptionOfType(SchemaMismatchException.class).isThrownBy(() -> validate(EVENTS))
			.withMessageContaining("sequence \"public\".\"events_id_seq\" is missing");
	}

	@Test
	void validatingCreatesNothing() {
		assertThatExceptionOfType(SchemaMismatchException.class).isThrownBy(() -> validate(EVENTS))
			.withMessageContaining("table \"public\".\"events\" is missing")
			.withMessageContaining("table \"public\".\"events_retry\" is missing")
			.withMessageContaining("table \"public\".\"events_dead_letter\" is missing");
		assertThat(tables()).isEmpty();
	}

	@Test
	void standsColumnsOfALaterVersion() {
		migrate(EVENTS);
		execute("ALTER TABLE events ADD COLUMN later text");
		execute("""
				INSERT INTO events_history SELECT installed_rank + 1, '99', 'later', type, 'V99__later.sql', 7,
				installed_by, installed_on, execution_time, success FROM events_history WHERE version = '7'
				""");

		migrate(EVENTS);
	}

	@Test
	void modeNoneDoesNotEvenConnect() {
		DataSource unreachable = new PGSimpleDataSource();

		schema(EVENTS, SchemaMode.NONE, unreachable).initialize();

		assertThat(tables()).isEmpty();
	}

	private void migrate(EventTable table) {
		schema(table, SchemaMode.MIGRATE, database.dataSource()).initialize();
	}

	private void validate(EventTable table) {
		schema(table, SchemaMode.VALIDATE, database.dataSource()).initialize();
	}

	private static OutboxSchema schema(EventTable table, SchemaMode mode, DataSource dataSource) {
		return new OutboxSchema(table, mode, dataSource, null, new DefaultListableBeanFactory());
	}

	private void execute(String sql) {
		this.jdbc.sql(sql).update();
	}

	private long count(String table) {
		return this.jdbc.sql("SELECT count(*) FROM " + table).query(Long.class).single();
	}

	private List<String> tables() {
		return this.jdbc.sql("""
				SELECT schemaname || '.' || tablename FROM pg_tables
				WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
				""").query(String.class).list();
	}

	private List<String> appliedScripts(String history) {
		return this.jdbc
			.sql("SELECT script FROM " + history + " WHERE version <> '0' AND success ORDER BY installed_rank")
			.query(String.class)
			.list();
	}

	private static List<String> sessionState(DataSource pool) {
		JdbcClient client = JdbcClient.create(pool);
		return client.sql("SELECT current_user || ' ' || current_setting('search_path')").query(String.class).list();
	}

}
