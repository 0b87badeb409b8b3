package io.pyxbox.autoconfigure;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.store.EventTable;
import io.pyxbox.testdatabase.TestDatabase;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Callback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceInitializationAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.LazyConnectionDataSourceProxy;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;

import static org.assertj.core.api.Assertions.assertThat;

class PyxboxSchemaAutoConfigurationTests {

	private static final TestDatabase database = TestDatabase.create();

	private static final TestDatabase otherDatabase = TestDatabase.create();

	private final JdbcClient jdbc = JdbcClient.create(database.dataSource());

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(DataSourceAutoConfiguration.class, JdbcTemplateAutoConfiguration.class,
				JdbcClientAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
				DataSourceInitializationAutoConfiguration.class, PyxboxSchemaAutoConfiguration.class))
		.withPropertyValues("spring.datasource.url=" + database.jdbcUrl(),
				"spring.datasource.username=" + database.username(),
				"spring.datasource.password=" + database.password(), "spring.datasource.hikari.maximum-pool-size=2");

	@BeforeEach
	void emptyDatabases() {
		for (TestDatabase each : List.of(database, otherDatabase)) {
			JdbcClient.create(each.dataSource()).sql("""
					DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;
					DROP SCHEMA IF EXISTS app CASCADE; DROP SCHEMA IF EXISTS "Billing" CASCADE
					""").update();
		}
	}

	@AfterAll
	static void dropDatabases() {
		database.close();
		otherDatabase.close();
	}

	@Test
	void createsTheTablesInTheCurrentSchema() {
		this.runner.run((context) -> {
			assertThat(context.getBean(EventTable.class)).isEqualTo(new EventTable("public", "events"));
			assertThat(tables()).contains("public.events", "public.events_history");
		});
	}

	@Test
	void takesTheCurrentSchemaFromTheUrl() {
		execute("CREATE SCHEMA app");

		this.runner
			.withPropertyValues(
					"spring.datasource.url=" + database.jdbcUrl().replaceAll("\\?.*", "") + "?currentSchema=app")
			.run((context) -> {
				assertThat(context.getBean(EventTable.class)).isEqualTo(new EventTable("app", "events"));
				assertThat(tables()).contains("app.events").doesNotContain("public.events");
			});
	}

	@Test
	void takesNamesInMixedCaseFromTheProperties() {
		this.runner.withPropertyValues("pyxbox.schema-name=Billing", "pyxbox.table-name=Order_Events")
			.run((context) -> {
				assertThat(context.getBean(EventTable.class)).isEqualTo(new EventTable("Billing", "Order_Events"));
				assertThat(tables()).contains("Billing.Order_Events", "Billing.Order_Events_history");
			});
	}

	@Test
	void backsOffWhereAnApplicationNamesTheTablesItself() {
		EventTable own = new EventTable("public", "own");

		this.runner.withBean("ownTable", EventTable.class, () -> own).run((context) -> {
			assertThat(context.getBean(EventTable.class)).isSameAs(own);
			assertThat(tables()).contains("public.own").doesNotContain("public.events");
		});
	}

	@Test
	void validatesWhereMigratingIsSwitchedOff() {
		this.runner.run(started());

		this.runner.withPropertyValues("pyxbox.schema.mode=validate").run(started());
	}

	@Test
	void usersFlywayRunsItsMigrationsInAnEmptySchemaBeforeOurs() {
		this.runner.withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
			.withPropertyValues("spring.flyway.locations=classpath:io/pyxbox/autoconfigure/users-flyway",
					"spring.flyway.placeholders.table=theirs")
			.run((context) -> {
				assertThat(context).hasSingleBean(Flyway.class);
				assertThat(outboxWasThereBefore()).isFalse();
				assertThat(tables()).contains("public.flyway_schema_history", "public.events_history", "public.events");
			});
	}

	@Test
	void usersFlywayKeepsItsCallbacksAndSettingsToItself() {
		RecordingCallback callback = new RecordingCallback();
		FlywayConfigurationCustomizer customizer = (configuration) -> configuration.table("their_history");

		this.runner.withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
			.withPropertyValues("spring.flyway.locations=classpath:io/pyxbox/autoconfigure/users-flyway",
					"spring.datasource.hikari.maximum-pool-size=3")
			.withBean(Callback.class, () -> callback)
			.withBean(FlywayConfigurationCustomizer.class, () -> customizer)
			.run((context) -> {
				assertThat(callback.tables).containsOnly("their_history").isNotEmpty();
				assertThat(this.jdbc.sql("SELECT description FROM events_history").query(String.class).list())
					.contains("outbox")
					.doesNotContain("theirs");
			});
	}

	@Test
	void runsAfterLiquibase() {
		this.runner.withConfiguration(AutoConfigurations.of(LiquibaseAutoConfiguration.class))
			.withPropertyValues("spring.liquibase.change-log=classpath:io/pyxbox/autoconfigure/users-liquibase.sql")
			.run((context) -> {
				assertThat(outboxWasThereBefore()).isFalse();
				assertThat(tables()).contains("public.databasechangelog", "public.events");
			});
	}

	@Test
	void runsAfterScriptsAndTakesTheSchemaThatTheyCreate() {
		this.runner
			.withPropertyValues("spring.sql.init.mode=always",
					"spring.sql.init.schema-locations=classpath:io/pyxbox/autoconfigure/users-schema.sql",
					"spring.datasource.url=" + database.jdbcUrl().replaceAll("\\?.*", "") + "?currentSchema=app,public")
			.run((context) -> {
				assertThat(outboxWasThereBefore()).isFalse();
				assertThat(context.getBean(EventTable.class).schema()).isEqualTo("app");
			});
	}

	@Test
	void beansThatUseJdbcFindTheTables() {
		this.runner.withUserConfiguration(EagerJdbcConfiguration.class)
			.run((context) -> assertThat(context.getBean("eventsAtStart")).isEqualTo(0L));
	}

	@Test
	void addsNoBeanThatAnApplicationCouldTakeForItsOwn() {
		this.runner.run((context) -> {
			List<String> ours = List.of(context.getBeanDefinitionNames())
				.stream()
				.filter((name) -> name.toLowerCase(Locale.ROOT).contains("pyxbox"))
				.toList();
			assertThat(ours).containsExactlyInAnyOrder(PyxboxSchemaAutoConfiguration.class.getName(),
					"pyxbox-" + PyxboxProperties.class.getName(), "pyxboxOutboxDataSource", "pyxboxEventTable",
					"pyxboxSchema");
			assertThat(context).doesNotHaveBean(Flyway.class);
			assertThat(context.getBeansOfType(DataSource.class)).hasSize(1);
		});
	}

	@Test
	void theQualifiedDataSourceWins() {
		this.runner.withUserConfiguration(QualifiedDataSourceConfiguration.class).run((context) -> {
			assertThat(context.getBean(OutboxDataSource.class).dataSource())
				.isSameAs(context.getBean("outboxDatabase"));
			assertThat(tables(otherDatabase)).contains("public.events");
			assertThat(tables()).isEmpty();
		});
	}

	@Test
	void thePrimaryDataSourceIsTakenWhereNoneIsQualified() {
		this.runner.withUserConfiguration(PrimaryDataSourceConfiguration.class)
			.run((context) -> assertThat(context.getBean(OutboxDataSource.class).dataSource())
				.isSameAs(context.getBean("first")));
	}

	@Test
	void usesTheConnectionsThatTransactionManagersKnow() {
		this.runner.withUserConfiguration(ProxiedDataSourceConfiguration.class)
			.run((context) -> assertThat(context.getBean(OutboxDataSource.class).dataSource())
				.isInstanceOf(HikariDataSource.class));
	}

	@Test
	void worksWithLazyConnections() {
		this.runner.withPropertyValues("spring.datasource.connection-fetch=lazy", "pyxbox.schema-name=app")
			.run((context) -> {
				assertThat(context.getBean(OutboxDataSource.class).dataSource())
					.isInstanceOf(LazyConnectionDataSourceProxy.class);
				assertThat(tables()).contains("app.events");
			});
	}

	@Test
	void isReadyAgainAfterTheUsersFlywayHasCleaned() {
		this.runner.withConfiguration(AutoConfigurations.of(FlywayAutoConfiguration.class))
			.withPropertyValues("spring.flyway.locations=classpath:io/pyxbox/autoconfigure/users-flyway",
					"spring.flyway.clean-disabled=false")
			.run((context) -> {
				context.getBean(Flyway.class).clean();
				context.getBean(Flyway.class).migrate();

				context.getBean(OutboxSchema.class).initialize();

				assertThat(tables()).contains("public.events");
			});
	}

	private static ContextConsumer<AssertableApplicationContext> started() {
		return (context) -> assertThat(context).hasNotFailed();
	}

	private void execute(String sql) {
		this.jdbc.sql(sql).update();
	}

	private boolean outboxWasThereBefore() {
		return this.jdbc.sql("SELECT outbox_was_there FROM theirs").query(Boolean.class).single();
	}

	private static List<String> tables() {
		return tables(database);
	}

	private static List<String> tables(TestDatabase database) {
		return JdbcClient.create(database.dataSource())
			.sql("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('public', 'app', 'Billing')")
			.query(String.class)
			.list();
	}

	private static DataSource pool(TestDatabase database) {
		HikariDataSource pool = new HikariDataSource();
		pool.setDataSource(database.dataSource());
		pool.setMaximumPoolSize(2);
		return pool;
	}

	private static final class RecordingCallback extends BaseCallback {

		private final List<String> tables = new CopyOnWriteArrayList<>();

		@Override
		public void handle(Event event, Context context) {
			this.tables.add(context.getConfiguration().getTable());
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class EagerJdbcConfiguration {

		@Bean
		Long eventsAtStart(JdbcClient client, JdbcTemplate template) {
			template.execute("SELECT 1 FROM events_retry");
			return client.sql("SELECT count(*) FROM events").query(Long.class).single();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class QualifiedDataSourceConfiguration {

		@Bean
		@Primary
		DataSource first() {
			return pool(database);
		}

		@Bean
		@PyxboxDataSource
		DataSource outboxDatabase() {
			return pool(otherDatabase);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class PrimaryDataSourceConfiguration {

		@Bean
		@Primary
		DataSource first() {
			return pool(database);
		}

		@Bean
		DataSource second() {
			return pool(otherDatabase);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ProxiedDataSourceConfiguration {

		@Bean
		DataSource proxied() {
			return new TransactionAwareDataSourceProxy(pool(database));
		}

	}

}
