package io.pyxbox.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import javax.sql.DataSource;

import io.pyxbox.EventPublisher;
import io.pyxbox.EventRouter;
import io.pyxbox.OutboxListener;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.TimedPublisher;
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
						+ " \"public\".\"events_in_flight\", \"public\".\"events_inbox\","
						+ " \"public\".\"events_inbox_offset\", \"public\".\"events_delayed\","
						+ " \"public\".\"events_deduplication\" TO \"pyxbox_app\";")
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

	@Test
	void aRouteToAPublisherThatThereIsNot() {
		this.runner.withBean("broker", EventPublisher.class, () -> (events) -> List.of())
			.withBean("queue", EventPublisher.class, () -> (events) -> List.of())
			.withPropertyValues("pyxbox.publish.routes[0].topic=orders", "pyxbox.publish.routes[0].publisher=broker",
					"pyxbox.publish.routes[1].topic=returns-*", "pyxbox.publish.routes[1].publisher=brokre")
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains(
					"'pyxbox.publish.routes[1]' (topic 'returns-*') leads to the publisher 'brokre', which there is "
							+ "not. There are: [broker, queue].")
				.contains("Correct the name, or declare the publisher")
				.contains("org.springframework.kafka:spring-kafka")
				.contains("software.amazon.awssdk:sqs", "software.amazon.awssdk:kinesis"));
	}

	@Test
	void aRouteWithoutAPublisherWhereThereAreSeveral() {
		this.runner.withBean("broker", EventPublisher.class, () -> (events) -> List.of())
			.withBean("queue", EventPublisher.class, () -> (events) -> List.of())
			.withPropertyValues("pyxbox.publish.routes[0].topic=orders")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("'pyxbox.publish.routes[0]' (topic 'orders') does not say to which publisher it leads. There "
						+ "are: [broker, queue].")
				.contains("Set 'pyxbox.publish.routes[0].publisher' to one of them."));
	}

	@Test
	void aRouteWhereThereIsNoPublisher() {
		this.runner.withPropertyValues("pyxbox.publish.routes[0].topic=orders")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("'pyxbox.publish.routes[0]' (topic 'orders') needs a publisher. There is none.")
				.contains("bean of type io.pyxbox.EventPublisher"));
	}

	@Test
	void aDestinationThatThePublisherCannotHave() {
		this.runner.withBean("broker", EventPublisher.class, Choosy::new)
			.withPropertyValues("pyxbox.publish.routes[0].topic=orders-*", "pyxbox.publish.routes[1].topic=orders-*",
					"pyxbox.publish.routes[1].destination=orders of ${region}", "region=europe")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains(
						"'pyxbox.publish.routes[1]' (topic 'orders-*') leads to 'orders of europe': No spaces, please.")
				.contains("Correct 'pyxbox.publish.routes[1].destination'."));
	}

	@Test
	void aTopicThatThePublisherCannotHaveAsADestination() {
		this.runner.withBean("broker", EventPublisher.class, Choosy::new)
			.withPropertyValues("pyxbox.publish.routes[0].topic=my orders")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("'pyxbox.publish.routes[0]' (topic 'my orders') leads to 'my orders': No spaces, please."));
	}

	@Test
	void settingsOfAPublisherThatThereIsNot() {
		this.runner.withBean("broker", EventPublisher.class, () -> (events) -> List.of())
			.withPropertyValues("pyxbox.publish.publishers.brokre.on-exhaustion=block")
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains(
					"'pyxbox.publish.publishers.brokre' is about a publisher that there is not. There are: [broker].")
				.contains("Correct the name, or remove it."));
	}

	@Test
	void aTimeOutOfListenersThatEndsBeforeThePublisherDoes() {
		this.runner.withBean("broker", EventPublisher.class, Patient::new)
			.withPropertyValues("pyxbox.publish.routes[0].topic=orders", "pyxbox.poller.listener-timeout=40s")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("'pyxbox.poller.listener-timeout' is 40000 ms, but a call of the publisher 'broker' may take "
						+ "40000 ms, which follows from 'broker.patience'.")
				.contains("Set 'pyxbox.poller.listener-timeout' to more than that, or 'broker.patience' to less."));
	}

	@ParameterizedTest
	@ValueSource(strings = { "41s", "0s" })
	void noneWhereListenersHaveMoreTimeThanThePublisherNeeds(String timeout) {
		this.runner.withBean("broker", EventPublisher.class, Patient::new)
			.withPropertyValues("pyxbox.publish.routes[0].topic=orders", "pyxbox.poller.listener-timeout=" + timeout)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void routesBesideARouter() {
		this.runner.withBean("broker", EventPublisher.class, () -> (events) -> List.of())
			.withBean(EventRouter.class, () -> (metadata) -> List.of())
			.withPropertyValues("pyxbox.publish.routes[0].topic=orders")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("There are routes in 'pyxbox.publish.routes', and there is an EventRouter bean.")
				.contains("Remove one of the two"));
	}

	@Test
	void aPublisherAndAListenerOfOneName() {
		this.runner.withBean("broker", EventPublisher.class, () -> (events) -> List.of())
			.withBean(ListenerOfThatName.class)
			.withPropertyValues("pyxbox.publish.routes[0].topic=orders")
			.run((context) -> assertThat(StartupFailure.textOf(context))
				.contains("An @OutboxListener and an EventPublisher bean are both the consumer 'broker'.")
				.contains("the publisher's bean another name"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "pyxbox.publish.routes[0].topic= ", "pyxbox.publish.routes[0].destination=orders",
			"pyxbox.publish.source=my source" })
	void whatCannotBePublished(String property) {
		this.runner.withPropertyValues(property)
			.run((context) -> assertThat(StartupFailure.textOf(context)).contains("'pyxbox.publish.")
				.contains("' must be "));
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

	record Ordered(String id) {
	}

	static final class ListenerOfThatName {

		@OutboxListener(consumer = "broker")
		void on(Ordered event) {
			// Nothing to do.
		}

	}

	/**
	 * Knows how long it takes.
	 */
	private static final class Patient implements TimedPublisher {

		@Override
		public List<PublishOutcome> publish(List<OutgoingEvent> events) {
			return List.of();
		}

		@Override
		public Duration longestCall() {
			return Duration.ofSeconds(40);
		}

		@Override
		public String timeoutProperty() {
			return "broker.patience";
		}

	}

	private static final class Choosy implements EventPublisher {

		@Override
		public List<PublishOutcome> publish(List<OutgoingEvent> events) {
			return List.of();
		}

		@Override
		public void checkDestination(String destination) {
			if (destination.contains(" ")) {
				throw new IllegalArgumentException("No spaces, please.");
			}
		}

	}

}
