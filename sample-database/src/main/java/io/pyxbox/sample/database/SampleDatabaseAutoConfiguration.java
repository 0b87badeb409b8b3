package io.pyxbox.sample.database;

import java.nio.file.Path;
import java.util.Map;

import javax.sql.DataSource;

import io.pyxbox.testdatabase.TestDatabase.Server;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.diagnostics.FailureAnalyzedException;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;

/**
 * Starts an embedded PostgreSQL if {@code spring.datasource.url} is not set. Its data
 * stands in {@code sample.database.directory}, by default {@code target/postgres} under
 * the working directory, and survives restarts, crashes and power failures.
 */
@AutoConfiguration(before = DataSourceAutoConfiguration.class)
@Conditional(SampleDatabaseAutoConfiguration.OnNoDatabaseGiven.class)
@ConditionalOnMissingBean({ DataSource.class, JdbcConnectionDetails.class })
public final class SampleDatabaseAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(SampleDatabaseAutoConfiguration.class);

	@Bean
	Server sampleDatabaseServer(@Value("${sample.database.directory:target/postgres}") Path directory) {
		LoggingSystem.get(getClass().getClassLoader()).setLogLevel("io.zonky.test", LogLevel.WARN);
		Server server = start(directory);
		logger.info("No spring.datasource.url, so PostgreSQL {} was started: {} (user {}), data in {}",
				server.version(), server.jdbcUrl(), server.username(), directory.toAbsolutePath());
		return server;
	}

	private static Server start(Path directory) {
		try {
			return Server.start(directory, Map.of("fsync", "on", "synchronous_commit", "on"));
		}
		catch (IllegalStateException ex) {
			throw new FailureAnalyzedException(String.valueOf(ex.getMessage()),
					"Set spring.datasource.url, .username and .password to use another PostgreSQL.", ex);
		}
	}

	@Bean
	JdbcConnectionDetails sampleDatabaseConnectionDetails(Server server) {
		return new JdbcConnectionDetails() {

			@Override
			public String getJdbcUrl() {
				return server.jdbcUrl();
			}

			@Override
			public String getUsername() {
				return server.username();
			}

			@Override
			public String getPassword() {
				return server.password();
			}

		};
	}

	static final class OnNoDatabaseGiven extends NoneNestedConditions {

		OnNoDatabaseGiven() {
			super(ConfigurationPhase.REGISTER_BEAN);
		}

		@ConditionalOnProperty("spring.datasource.url")
		static final class UrlGiven {

		}

	}

}
