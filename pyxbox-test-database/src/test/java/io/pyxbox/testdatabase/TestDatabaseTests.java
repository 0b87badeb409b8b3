package io.pyxbox.testdatabase;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase.Server;
import io.pyxbox.testdatabase.TestDatabase.Shutdown;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class TestDatabaseTests {

	@Test
	void twoDatabasesAreIndependent() throws SQLException {
		try (TestDatabase one = TestDatabase.create(); TestDatabase other = TestDatabase.create()) {
			execute(one, "create table t (x int)");

			assertThat(query(one, "select to_regclass('t')::text")).isEqualTo("t");
			assertThat(query(other, "select to_regclass('t')::text")).isNull();
		}
	}

	@Test
	void closeDropsTheDatabaseThoughSomebodyIsConnected() throws SQLException {
		TestDatabase database = TestDatabase.create();
		String name = query(database, "select current_database()");

		try (Connection connection = database.dataSource().getConnection()) {
			database.close();

			assertThat(connection.isValid(1)).isFalse();
		}
		try (Connection admin = TestDatabase.server().connect()) {
			assertThat(query(admin, "select count(*) from pg_database where datname = '" + name + "'")).isEqualTo("0");
		}
	}

	@Test
	void databasesCanBeCreatedOnAServerGivenByUrl() throws SQLException {
		Server shared = TestDatabase.server();
		String url = shared.jdbcUrl() + (shared.jdbcUrl().contains("?") ? "&" : "?") + "ApplicationName=by-url";
		Server server = new ServerChoice(url, null, shared.username(), shared.password()).start();

		try (TestDatabase database = server.createDatabase()) {
			assertThat(query(database, "select current_setting('application_name')")).isEqualTo("by-url");
			assertThat(database.jdbcUrl()).matches("jdbc:postgresql://[^/]+/pyxbox_test_.*ApplicationName=by-url");
		}
		server.close();
		assertThat(shared.version()).isNotEmpty();
	}

	@Test
	void anUnknownChoiceIsRefused() {
		ServerChoice choice = new ServerChoice("oracle", null, "", "");

		assertThatIllegalStateException().isThrownBy(choice::start)
			.withMessageContaining("pyxbox.test.database is 'oracle'");
	}

	@Test
	void anUnknownPoolerIsRefused() {
		Server shared = TestDatabase.server();
		ServerChoice choice = new ServerChoice(shared.jdbcUrl(), "odyssey", shared.username(), shared.password());

		assertThatIllegalStateException().isThrownBy(choice::start)
			.withMessageContaining("pyxbox.test.pooler is 'odyssey'");
	}

	@Test
	void aServerOfOnesOwnTakesSettingsKeepsItsDataOverARestartAndStops() throws SQLException {
		Server server = Server.start(Map.of("fsync", "on", "work_mem", "5MB"));
		try (server) {
			TestDatabase database = server.createDatabase();
			execute(database, "create table t (x int)");

			server.restart();

			assertThat(query(database, "select to_regclass('t')::text")).isEqualTo("t");
			assertThat(query(database, "show fsync")).isEqualTo("on");
			assertThat(query(database, "show work_mem")).isEqualTo("5MB");
			assertThat(query(database, "show synchronous_commit")).isEqualTo("off");
		}

		assertThatExceptionOfType(SQLException.class).isThrownBy(server::connect);
	}

	@ParameterizedTest
	@EnumSource
	@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no signals")
	void aStoppedServerLosesItsConnectionsAndStartsAgainWithWhatWasCommitted(Shutdown how) throws SQLException {
		try (Server server = Server.start(Map.of("fsync", "on", "synchronous_commit", "on"));
				TestDatabase database = server.createDatabase();
				Connection connection = database.dataSource().getConnection()) {
			execute(database, "create table t (x int)");

			server.stop(how);
			boolean survived = connection.isValid(1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(server::connect);
			server.startAgain();

			assertThat(survived).isFalse();
			assertThat(query(database, "select to_regclass('t')::text")).isEqualTo("t");
			assertThat(query(database, "show synchronous_commit")).isEqualTo("on");
			server.restart();
			assertThat(query(database, "select to_regclass('t')::text")).isEqualTo("t");
		}
	}

	@Test
	void aRunningServerIsNotStartedAgain() {
		try (Server server = Server.start(Map.of())) {
			assertThatIllegalStateException().isThrownBy(server::startAgain)
				.withMessage("The server has not been stopped");
		}
	}

	private static void execute(TestDatabase database, String sql) throws SQLException {
		try (Connection connection = database.dataSource().getConnection();
				Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private static String query(TestDatabase database, String sql) throws SQLException {
		try (Connection connection = database.dataSource().getConnection()) {
			return query(connection, sql);
		}
	}

	private static String query(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
			row.next();
			return row.getString(1);
		}
	}

}
