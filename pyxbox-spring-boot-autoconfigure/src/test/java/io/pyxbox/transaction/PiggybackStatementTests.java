package io.pyxbox.transaction;

import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class PiggybackStatementTests {

	private static final String INSERT = "INSERT INTO effects VALUES (?)";

	private static final TestDatabase database = TestDatabase.create();

	private static final JdbcClient jdbc = JdbcClient.create(database.dataSource());

	private RecordingConnection recording;

	private Connection connection;

	@BeforeAll
	static void createTable() {
		jdbc.sql("CREATE TABLE effects (name text)").update();
	}

	@BeforeEach
	void beginTransaction() throws SQLException {
		jdbc.sql("TRUNCATE effects").update();
		this.recording = new RecordingConnection(database.dataSource().getConnection());
		this.connection = LazySavepoints.wrap(this.recording.proxy());
		this.connection.setAutoCommit(false);
	}

	@AfterEach
	void closeConnection() throws SQLException {
		this.connection.close();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void takesTheSavepointAlong() throws SQLException {
		for (int event = 0; event < 4; event++) {
			Savepoint savepoint = this.connection.setSavepoint();
			insert("event " + event);
			insert("more of event " + event);
			if (event == 2) {
				this.connection.rollback(savepoint);
			}
			this.connection.releaseSavepoint(savepoint);
		}
		this.connection.commit();

		assertThat(effects()).containsExactly("event 0", "more of event 0", "event 1", "more of event 1", "event 3",
				"more of event 3");
		assertThat(this.recording.executed()).startsWith("SAVEPOINT pyxbox_0;" + INSERT, INSERT,
				"RELEASE SAVEPOINT pyxbox_0;SAVEPOINT pyxbox_0b;" + INSERT, INSERT,
				"RELEASE SAVEPOINT pyxbox_0b;SAVEPOINT pyxbox_0;" + INSERT, INSERT, "ROLLBACK TO SAVEPOINT pyxbox_0",
				"RELEASE SAVEPOINT pyxbox_0;SAVEPOINT pyxbox_0b;" + INSERT, INSERT);
	}

	@Test
	void takesAlongThoseOfAListener() throws SQLException {
		Savepoint event = this.connection.setSavepoint();
		Savepoint inner = this.connection.setSavepoint("inner");
		insert("inner");
		this.connection.rollback(inner);
		insert("after");
		this.connection.releaseSavepoint(event);
		this.connection.commit();

		assertThat(effects()).containsExactly("after");
		assertThat(this.recording.executed()).startsWith("SAVEPOINT pyxbox_0;SAVEPOINT pyxbox_1;" + INSERT);
	}

	@Test
	void returnsWhatTheStatementItselfReturns() throws SQLException {
		insert("a");
		insert("b");

		try (PreparedStatement statement = begin("UPDATE effects SET name = name || ?")) {
			statement.setString(1, "!");
			assertThat(statement.executeUpdate()).isEqualTo(2);
			assertThat(statement.getUpdateCount()).isEqualTo(2);
			assertThat(statement.getMoreResults()).isFalse();
			assertThat(statement.getUpdateCount()).isEqualTo(-1);
		}
		try (PreparedStatement statement = begin("UPDATE effects SET name = name || '!'")) {
			assertThat(statement.executeLargeUpdate()).isEqualTo(2);
		}
		try (PreparedStatement statement = begin("SELECT name FROM effects ORDER BY name");
				ResultSet rows = statement.executeQuery()) {
			assertThat(rows.next()).isTrue();
			assertThat(rows.getString(1)).isEqualTo("a!!");
			assertThat(rows.next()).isTrue();
		}
		try (PreparedStatement statement = begin("SELECT name FROM effects ORDER BY name")) {
			assertThat(statement.execute()).isTrue();
			assertThat(statement.getResultSet().next()).isTrue();
		}
		try (PreparedStatement statement = begin("INSERT INTO effects VALUES ('c') RETURNING name")) {
			assertThat(statement.execute()).isTrue();
			assertThat(statement.getResultSet().next()).isTrue();
		}
		try (PreparedStatement statement = begin("UPDATE effects SET name = '?'; SELECT 1; DELETE FROM effects")) {
			assertThat(statement.execute()).isFalse();
			assertThat(statement.getUpdateCount()).isEqualTo(3);
			assertThat(statement.getMoreResults()).isTrue();
			assertThat(statement.getMoreResults()).isFalse();
			assertThat(statement.getUpdateCount()).isEqualTo(3);
		}
		this.connection.commit();
		assertThat(effects()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT 1", "INSERT INTO effects VALUES ('a')", "SELECT 1 / 0", "nonsense", "SELECT ?" })
	void failsAsTheDriversStatementDoes(String sql) throws SQLException {
		for (boolean query : new boolean[] { true, false }) {
			SQLException expected = failure(sql, this.recording.proxy(), query);
			this.connection.rollback();
			Savepoint savepoint = this.connection.setSavepoint();

			SQLException actual = failure(sql, this.connection, query);

			assertThat((actual != null) ? actual.getSQLState() : null)
				.isEqualTo((expected != null) ? expected.getSQLState() : null);
			assertThat((actual != null) ? actual.getMessage().replaceAll("Position: .*", "") : null)
				.isEqualTo((expected != null) ? expected.getMessage().replaceAll("Position: .*", "") : null);
			if (!sql.contains("?")) {
				this.connection.rollback(savepoint);
				insert("usable");
			}
			this.connection.rollback();
		}
	}

	private static SQLException failure(String sql, Connection connection, boolean query) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(sql)) {
			return catchThrowableOfType(SQLException.class,
					() -> (query ? (Object) statement.executeQuery() : (Object) statement.executeUpdate()).hashCode());
		}
	}

	@Test
	void undoesNothingButTheEventThatFails() throws SQLException {
		Savepoint first = this.connection.setSavepoint();
		insert("first");
		this.connection.releaseSavepoint(first);
		Savepoint failed = this.connection.setSavepoint();
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT 1 / ?")) {
			statement.setInt(1, 0);
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeQuery);
		}
		this.connection.rollback(failed);
		this.connection.releaseSavepoint(failed);
		this.connection.commit();

		assertThat(effects()).containsExactly("first");
	}

	/**
	 * Its statement has not reached the server, so there is no savepoint to go back to.
	 */
	@Test
	void neverGoesBackToTheSavepointOfAnotherEvent() throws SQLException {
		Savepoint first = this.connection.setSavepoint();
		insert("first");
		this.connection.releaseSavepoint(first);
		Savepoint failed = this.connection.setSavepoint();
		try (PreparedStatement statement = this.connection.prepareStatement(INSERT)) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeUpdate);
		}

		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.rollback(failed))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("3B001"));
	}

	@Test
	void canBeExecutedAgainByThisEventAndTheNext() throws SQLException {
		Savepoint first = this.connection.setSavepoint();
		try (PreparedStatement statement = this.connection.prepareStatement(INSERT)) {
			statement.setString(1, "a");
			statement.executeUpdate();
			statement.executeUpdate();
			statement.setString(1, "b");
			assertThat(statement.executeUpdate()).isOne();
			this.connection.releaseSavepoint(first);
			Savepoint second = this.connection.setSavepoint();
			statement.executeUpdate();
			this.connection.rollback(second);
			statement.setString(1, "c");
			statement.executeUpdate();
		}
		this.connection.commit();

		assertThat(effects()).containsExactly("a", "a", "b", "c");
	}

	@Test
	void canBeABatch() throws SQLException {
		Savepoint savepoint = this.connection.setSavepoint();
		try (PreparedStatement statement = this.connection.prepareStatement(INSERT)) {
			for (String name : List.of("a", "b")) {
				statement.setString(1, name);
				statement.addBatch();
			}
			assertThat(statement.executeBatch()).containsExactly(1, 1);
		}
		this.connection.rollback(savepoint);
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void takesParametersOfEverySort() throws SQLException {
		this.connection.setSavepoint();
		try (PreparedStatement statement = this.connection
			.prepareStatement("INSERT INTO effects VALUES (concat(?::text, ?::int, ?::text, ?::numeric))")) {
			statement.setString(1, "replaced");
			statement.clearParameters();
			statement.setCharacterStream(1, new StringReader("text"));
			statement.setObject(2, 7, Types.INTEGER);
			statement.setNull(3, Types.VARCHAR);
			statement.setObject(4, "1.50", Types.NUMERIC, 2);
			statement.executeUpdate();
		}
		this.connection.commit();

		assertThat(effects()).containsExactly("text71.50");
	}

	@Test
	void servesCursorsMetaDataAndTheDriversStatement() throws SQLException {
		insert("a");
		this.connection.setSavepoint();
		try (PreparedStatement statement = this.connection
			.prepareStatement("SELECT name FROM effects WHERE name = ?")) {
			assertThat(statement.getParameterMetaData().getParameterCount()).isOne();
			statement.setFetchSize(1);
			statement.setString(1, "a");
			try (ResultSet rows = statement.executeQuery()) {
				assertThat(rows.next()).isTrue();
			}
			assertThat(statement.unwrap(PreparedStatement.class)).isNotNull();
			assertThat(statement.getConnection()).isSameAs(this.connection);
			assertThat(statement.isClosed()).isFalse();
		}
	}

	@Test
	void isClosedOnceAndForAll() throws SQLException {
		this.connection.setSavepoint();
		PreparedStatement statement = this.connection.prepareStatement(INSERT);
		statement.setString(1, "a");
		statement.executeUpdate();

		statement.close();
		statement.close();

		assertThat(statement.isClosed()).isTrue();
		assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeUpdate);
	}

	@Test
	void doesWithoutARoundTripOfItsOwnUnderSpring() throws SQLException {
		JdbcTemplate template = new JdbcTemplate(new SingleConnectionDataSource(this.connection, true));
		JdbcClient client = JdbcClient.create(template);

		this.connection.releaseSavepoint(event(() -> template.update(INSERT, "template")));
		this.connection.releaseSavepoint(event(() -> client.sql(INSERT).param("client").update()));
		this.connection.releaseSavepoint(event(() -> client.sql(INSERT).param(null).update()));
		this.connection.releaseSavepoint(event(() -> assertThat(
				client.sql("SELECT name FROM effects WHERE name = ?").param("client").query(String.class).single())
			.isEqualTo("client")));
		this.connection.commit();

		assertThat(this.recording.executed()).hasSize(4)
			.allSatisfy((sql) -> assertThat(sql).contains("SAVEPOINT pyxbox_0").contains("effects"));
		assertThat(effects()).containsExactly("template", "client", null);
	}

	private Savepoint event(Runnable listener) throws SQLException {
		Savepoint savepoint = this.connection.setSavepoint();
		listener.run();
		return savepoint;
	}

	private PreparedStatement begin(String sql) throws SQLException {
		this.connection.setSavepoint();
		return this.connection.prepareStatement(sql);
	}

	private void insert(String name) throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement(INSERT)) {
			statement.setString(1, name);
			assertThat(statement.executeUpdate()).isOne();
		}
	}

	private static List<String> effects() throws SQLException {
		try (Connection own = database.dataSource().getConnection();
				Statement statement = own.createStatement();
				ResultSet rows = statement.executeQuery("SELECT name FROM effects")) {
			List<String> names = new ArrayList<>();
			while (rows.next()) {
				names.add(rows.getString(1));
			}
			return names;
		}
	}

}
