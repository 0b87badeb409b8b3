package io.pyxbox.autoconfigure;

import io.pyxbox.schema.OutboxSchema;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.jdbc.test.autoconfigure.AutoConfigureTestDatabase;
import org.springframework.boot.jdbc.test.autoconfigure.AutoConfigureTestDatabase.Replace;
import org.springframework.boot.jdbc.test.autoconfigure.JdbcTest;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The test slices of an application that has pyxbox on its class path.
 */
class TestSliceTests {

	private static final TestDatabase database = TestDatabase.create();

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void aSliceWithoutADataSourceIsLeftAlone() {
		new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(PyxboxSchemaSliceAutoConfiguration.class))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(OutboxSchema.class));
	}

	@Nested
	@JdbcTest(properties = "spring.liquibase.enabled=false")
	@ContextConfiguration(classes = Application.class)
	@AutoConfigureTestDatabase(replace = Replace.NONE)
	class OnPostgres {

		@DynamicPropertySource
		static void useTestDatabase(DynamicPropertyRegistry registry) {
			registry.add("spring.datasource.url", database::jdbcUrl);
			registry.add("spring.datasource.username", database::username);
			registry.add("spring.datasource.password", database::password);
		}

		@Test
		void theTablesAreThere(@Autowired JdbcClient jdbc) {
			assertThat(jdbc.sql("SELECT count(*) FROM events").query(Long.class).single()).isZero();
		}

	}

	@Nested
	@JdbcTest(properties = "spring.liquibase.enabled=false")
	@ContextConfiguration(classes = Application.class)
	class OnAnEmbeddedDatabase {

		@Test
		void isLeftAlone(@Autowired JdbcClient jdbc) {
			assertThat(jdbc.sql("SELECT count(*) FROM information_schema.tables WHERE lower(table_name) LIKE 'events%'")
				.query(Long.class)
				.single()).isZero();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
