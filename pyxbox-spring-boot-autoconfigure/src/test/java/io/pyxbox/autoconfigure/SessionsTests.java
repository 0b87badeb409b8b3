package io.pyxbox.autoconfigure;

import java.sql.Connection;
import java.sql.SQLException;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import io.pyxbox.dispatch.SessionFactory;
import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;

class SessionsTests {

	private static final TestDatabase database = TestDatabase.create();

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void areNotOfThePool() throws SQLException {
		try (HikariDataSource pool = pool()) {
			pool.setUsername(database.username());
			pool.setPassword(database.password());

			assertOpensBeside(pool);
		}
	}

	@Test
	void areOpenedWithTheCredentialsThatAreValidNow() throws SQLException {
		try (HikariDataSource pool = pool()) {
			pool.setUsername("a role that is no more");
			pool.setCredentialsProvider(() -> Credentials.of(database.username(), database.password()));

			assertOpensBeside(pool);
		}
	}

	@Test
	void areNotToBeHadOfAnotherPool() {
		assertThat(Sessions.of(new DriverManagerDataSource(database.jdbcUrl()))).isNull();
	}

	private static HikariDataSource pool() {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl(database.jdbcUrl());
		pool.setMaximumPoolSize(1);
		return pool;
	}

	private static void assertOpensBeside(HikariDataSource pool) throws SQLException {
		SessionFactory sessions = Sessions.of(pool);
		assertThat(sessions).isNotNull();
		try (Connection ofThePool = pool.getConnection(); Connection beside = sessions.open()) {
			assertThat(beside.isValid(5)).isTrue();
			assertThat(ofThePool.isValid(5)).isTrue();
			assertThat(pool.getHikariPoolMXBean().getTotalConnections()).isEqualTo(1);
		}
	}

}
