package io.pyxbox.autoconfigure;

import java.util.Objects;

import javax.sql.DataSource;

import io.pyxbox.schema.MissingPrivilegeException;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each misconfiguration stops the application with a text that says what is wrong, where,
 * and how to mend it.
 */
class StartupFailureTests {

	private static final String ROLE = "pyxbox_app";

	private static final TestDatabase database = TestDatabase.create();

	private static final TestDatabase otherDatabase = TestDatabase.create();

	private static final JdbcClient admin = JdbcClient.create(database.dataSource());

	private final ApplicationContextRunner bare = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(PyxboxSchemaAutoConfiguration.class, PyxboxAutoConfiguration.class))
		.withPropertyValues("pyxbox.poller.auto-startup=false");

	private final ApplicationContextRunner runner = this.bare
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
		.withPropertyValues("spring.datasource.url=" + database.jdbcUrl(),
				"spring.datasource.username=" + database.username(),
				"spring.datasource.password=" + database.password());

	@BeforeAll
	static void createRole() {
		admin.sql("DROP ROLE IF EXISTS " + ROLE + "; CREATE ROLE " + ROLE + " LOGIN PASSWORD 'app'").update();
	}

	@BeforeEach
	void emptyDatabase() {
		admin.sql("DROP OWNED BY " + ROLE + "; DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public").update();
		admin.sql("DROP SCHEMA IF EXISTS app CASCADE").update();
		admin.sql("GRANT USAGE ON SCHEMA public TO " + ROLE).update();
	}

	@AfterAll
	static void dropDatabase() {
		admin.sql("DROP OWNED BY " + ROLE + "; DROP ROLE " + ROLE).update();
		database.close();
		otherDatabase.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "order-events", "events\"; DROP TABLE orders; --", "events;", "1events", "Größe",
			"public.events", "a name", "events_with_a_name_that_is_longer_than_44_char" })
	void aTableNameThatIsNotValid(String name) {
		this.runner.withPropertyValues("pyxbox.table-name=" + name)
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("'" + name + "' is not a valid value of 'pyxbox.table-name'")
				.contains("Set 'pyxbox.table-name' to a name of 1 to 44 ASCII letters, digits and underscores, not"
						+ " starting with a digit"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "my-schema", "app\"", "app;",
			"a_schema_with_a_name_that_is_longer_than_the_63_bytes_of_postgres" })
	void aSchemaNameThatIsNotValid(String name) {
		this.runner.withPropertyValues("pyxbox.schema-name=" + name)
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("'" + name + "' is not a valid value of 'pyxbox.schema-name'")
				.contains("1 to 63 ASCII letters"));
	}

	@Test
	void noDataSource() {
		this.bare.run((context) -> assertThat(StartupFailure.textOf(context)).contains("there is no DataSource bean")
			.contains("spring.datasource.url"));
	}

	@Test
	void severalDataSourcesWithoutAChoice() {
		this.bare.withUserConfiguration(TwoDataSources.class)
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("several DataSource beans and cannot choose: [billing, orders]")
				.contains("@PyxboxDataSource")
				.contains("@Primary"));
	}

	@Test
	void severalDataSourcesWithAChoiceTooMany() {
		this.bare.withUserConfiguration(TwoQualifiedDataSources.class)
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("several DataSource beans and cannot choose: [billing, orders]"));
	}

	@Test
	void anotherProductThanPostgres() {
		this.bare.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
			.withPropertyValues("spring.datasource.url=jdbc:h2:mem:wrong;MODE=PostgreSQL")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("pyxbox needs PostgreSQL 13 or later, but jdbc:h2:mem:wrong is H2 ")
				.contains("spring.datasource.url")
				.contains("@AutoConfigureTestDatabase(replace = Replace.NONE)")
				.contains("pyxbox.schema.mode=none"));
	}

	@Test
	void theWayOutOnAnotherProductStarts() {
		this.bare.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class))
			.withPropertyValues("spring.datasource.url=jdbc:h2:mem:none", "pyxbox.schema.mode=none")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void noCurrentSchema() {
		this.runner.withPropertyValues("spring.datasource.hikari.schema=missing")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("'pyxbox.schema-name' is not set, and the connection has no current schema")
				.contains("Set 'pyxbox.schema-name'"));
	}

	@Test
	void missingTables() {
		this.runner.withPropertyValues("pyxbox.schema.mode=validate", "pyxbox.table-name=outbox")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("table \"public\".\"outbox\" is missing")
				.contains("classpath:io/pyxbox/schema/migration")
				.contains("pyxbox.schema.mode=migrate")
				.contains("replace ${schema} by public and ${table} by outbox")
				.contains("to the migrations of the application"));
	}

	@Test
	void aTableOfSomeoneElse() {
		admin.sql("CREATE TABLE events (id bigint, title text)").update();

		this.runner.run((context) -> {
			assertThat(StartupFailure.textOf(context)).contains("table \"public\".\"events\" has no column created_at")
				.contains("choose another name with 'pyxbox.table-name'");
			assertThat(admin.sql("SELECT to_regclass('events_retry') IS NULL").query(Boolean.class).single()).isTrue();
		});
	}

	@Test
	void aRoleThatMayNotCreateTables() {
		asRole().run((context) -> assertThat(StartupFailure.textOf(context))
			.contains("The database role 'pyxbox_app' may not create tables in the schema \"public\"")
			.contains("GRANT CREATE, USAGE ON SCHEMA \"public\" TO \"pyxbox_app\";")
			.contains("@PyxboxSchemaDataSource")
			.contains("pyxbox.schema.mode=validate"));
	}

	@Test
	void aRoleThatMayNotCreateTheSchema() {
		asRole().withPropertyValues("pyxbox.schema-name=app")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("The database role 'pyxbox_app' may not create the schema \"app\": ERROR: permission denied")
				.contains("GRANT CREATE ON DATABASE pyxbox_test_")
				.contains("@PyxboxSchemaDataSource"));
	}

	@Test
	void aRoleThatMayNotReadTheHistory() {
		this.runner.run((context) -> assertThat(context).hasNotFailed());

		asRole().run((context) -> assertThat(StartupFailure.textOf(context))
			.contains(
					"The database role 'pyxbox_app' may not migrate the tables of pyxbox: ERROR: permission denied for"
							+ " table events_history")
			.contains("GRANT SELECT, INSERT ON \"public\".\"events_history\" TO \"pyxbox_app\";")
			.contains("pyxbox.schema.mode=validate"));
	}

	@Test
	void aRoleThatMayNotUseTheTables() {
		asRole().withUserConfiguration(SchemaDataSource.class)
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains(
					"The database role 'pyxbox_app' may not SELECT, INSERT, UPDATE, DELETE on \"public\".\"events\"")
				.contains("GRANT SELECT, INSERT, UPDATE, DELETE ON \"public\".\"events\", \"public\".\"events_retry\","
						+ " \"public\".\"events_dead_letter\", \"public\".\"events_consumer\","
						+ " \"public\".\"events_in_flight\" TO \"pyxbox_app\";")
				.contains("GRANT SELECT ON SEQUENCE \"public\".\"events_id_seq\" TO \"pyxbox_app\";")
				.doesNotContain("migrate as another role"));
	}

	@Test
	void aRoleThatMayDoWhatItIsToldToBeGrantedStarts() {
		this.runner.run((context) -> assertThat(context).hasNotFailed());
		asRole().withPropertyValues("pyxbox.schema.mode=validate").run((context) -> {
			MissingPrivilegeException failure = (MissingPrivilegeException) NestedExceptionUtils
				.getMostSpecificCause(Objects.requireNonNull(context.getStartupFailure()));
			failure.getGrants().forEach((grant) -> admin.sql(grant).update());
		});

		asRole().withPropertyValues("pyxbox.schema.mode=validate").run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void aRoleThatMayNotReadTheSequence() {
		this.runner.run((context) -> assertThat(context).hasNotFailed());
		admin.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + ROLE).update();

		asRole().withPropertyValues("pyxbox.schema.mode=validate")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("The database role 'pyxbox_app' may not SELECT on \"public\".\"events_id_seq\""));
	}

	@Test
	void aRoleThatMayNotUseTheSchema() {
		this.runner.withPropertyValues("pyxbox.schema-name=app").run((context) -> assertThat(context).hasNotFailed());

		asRole().withPropertyValues("pyxbox.schema-name=app", "pyxbox.schema.mode=validate")
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains("permission denied for schema app")
				.contains("GRANT USAGE ON SCHEMA \"app\" TO \"pyxbox_app\";"));
	}

	@Test
	void aRoleWithoutAnyRightToCreateStartsWhereAnotherOneMigrates() {
		grantUseOfFutureTables();

		asRole().withUserConfiguration(SchemaDataSource.class).run((context) -> assertThat(context).hasNotFailed());
		asRole().withPropertyValues("pyxbox.schema.mode=validate").run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void aRoleWithoutAnyRightToCreateStartsWhereTheUsersFlywayHasIt() {
		grantUseOfFutureTables();

		asRole().withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
			.withPropertyValues("spring.flyway.user=" + database.username(),
					"spring.flyway.password=" + database.password(),
					"spring.flyway.locations=classpath:io/pyxbox/autoconfigure/users-flyway")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void theUsersFlywayIsOfNoUseIfItMigratesAnotherDatabase() {
		this.runner.withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
			.withPropertyValues("spring.flyway.url=" + otherDatabase.jdbcUrl(),
					"spring.flyway.user=" + otherDatabase.username(),
					"spring.flyway.password=" + otherDatabase.password(),
					"spring.flyway.locations=classpath:io/pyxbox/autoconfigure/users-flyway")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(JdbcClient.create(otherDatabase.dataSource())
					.sql("SELECT to_regclass('events') IS NULL")
					.query(Boolean.class)
					.single()).isTrue();
			});
	}

	@Test
	void aSchemaDataSourceOfAnotherDatabase() {
		this.runner.withUserConfiguration(ForeignSchemaDataSource.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("@PyxboxSchemaDataSource leads to another database than the outbox's own"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "pyxbox.poller.batch-size=0", "pyxbox.poller.batch-size=10001",
			"pyxbox.poller.concurrency=0", "pyxbox.poller.poll-interval=0s", "pyxbox.poller.shutdown-timeout=-1s",
			"pyxbox.retry.max-attempts=0", "pyxbox.retry.initial-interval=0", "pyxbox.retry.multiplier=0.9",
			"pyxbox.retry.max-interval=1ms", "pyxbox.retry.jitter=1.1", "pyxbox.retry.jitter=-0.1",
			"pyxbox.outbox.max-payload-size=0B", "pyxbox.outbox.max-payload-size=256MB" })
	void aPropertyOutOfRange(String property) {
		this.runner.withPropertyValues(property)
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("'" + property.substring(0, property.indexOf('=')) + "' must be "));
	}

	private ApplicationContextRunner asRole() {
		return this.runner.withPropertyValues("spring.datasource.username=" + ROLE, "spring.datasource.password=app");
	}

	private static void grantUseOfFutureTables() {
		String granted = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ";
		admin.sql(granted + "SELECT, INSERT, UPDATE, DELETE ON TABLES TO " + ROLE).update();
		admin.sql(granted + "SELECT ON SEQUENCES TO " + ROLE).update();
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoDataSources {

		@Bean
		DataSource billing() {
			return new PGSimpleDataSource();
		}

		@Bean
		DataSource orders() {
			return new PGSimpleDataSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TwoQualifiedDataSources {

		@Bean
		@PyxboxDataSource
		DataSource billing() {
			return new PGSimpleDataSource();
		}

		@Bean
		@PyxboxDataSource
		DataSource orders() {
			return new PGSimpleDataSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class SchemaDataSource {

		@Bean(defaultCandidate = false)
		@PyxboxSchemaDataSource
		DataSource schemaOwner() {
			return database.dataSource();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ForeignSchemaDataSource {

		@Bean(defaultCandidate = false)
		@PyxboxSchemaDataSource
		DataSource schemaOwner() {
			return otherDatabase.dataSource();
		}

	}

}
