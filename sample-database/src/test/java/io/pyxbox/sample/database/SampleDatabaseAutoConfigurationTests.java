package io.pyxbox.sample.database;

import java.nio.file.Path;

import io.pyxbox.testdatabase.TestDatabase;
import io.pyxbox.testdatabase.TestDatabase.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalyzedException;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

class SampleDatabaseAutoConfigurationTests {

	private final ApplicationContextRunner application = new ApplicationContextRunner().withConfiguration(
			AutoConfigurations.of(SampleDatabaseAutoConfiguration.class, DataSourceAutoConfiguration.class,
					JdbcTemplateAutoConfiguration.class, JdbcClientAutoConfiguration.class));

	@Test
	void withoutAUrlThereIsADatabaseThatKeepsItsDataOverARestart(@TempDir Path directory) {
		ApplicationContextRunner application = this.application
			.withPropertyValues("sample.database.directory=" + directory.resolve("postgres"));
		application.run((context) -> context.getBean(JdbcClient.class).sql("create table kept (x int)").update());

		application.run((context) -> {
			JdbcClient jdbc = context.getBean(JdbcClient.class);
			assertThat(jdbc.sql("select to_regclass('kept')::text").query(String.class).single()).isEqualTo("kept");
			assertThat(jdbc.sql("show fsync").query(String.class).single()).isEqualTo("on");
			assertThat(jdbc.sql("show synchronous_commit").query(String.class).single()).isEqualTo("on");
		});
	}

	@Test
	void aSecondApplicationOnTheSameDataIsToldWhatToDo(@TempDir Path directory) {
		ApplicationContextRunner application = this.application
			.withPropertyValues("sample.database.directory=" + directory.resolve("postgres"));

		application.run((first) -> application.run((second) -> {
			assertThat(second).getFailure()
				.rootCause()
				.hasMessageContaining("Another process works on " + directory)
				.hasMessageContaining(first.getBean(Server.class).jdbcUrl());
			assertThat(second).getFailure().hasStackTraceContaining(FailureAnalyzedException.class.getName());
		}));
	}

	@Test
	void withAUrlNothingIsStarted() {
		try (TestDatabase database = TestDatabase.create()) {
			this.application
				.withPropertyValues("spring.datasource.url=" + database.jdbcUrl(),
						"spring.datasource.username=" + database.username(),
						"spring.datasource.password=" + database.password())
				.run((context) -> {
					assertThat(context).doesNotHaveBean(Server.class);
					assertThat(context.getBean(JdbcClient.class)
						.sql("select current_database()")
						.query(String.class)
						.single()).startsWith("pyxbox_test_");
				});
		}
	}

}
