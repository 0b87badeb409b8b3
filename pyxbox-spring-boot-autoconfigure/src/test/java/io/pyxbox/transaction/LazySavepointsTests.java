package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LazySavepointsTests {

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
	void setsNoSavepointForAnEventThatDoesNotTouchTheDatabase() throws SQLException {
		for (int event = 0; event < 3; event++) {
			Savepoint savepoint = this.connection.setSavepoint();
			this.connection.releaseSavepoint(savepoint);
		}
		this.connection.rollback(this.connection.setSavepoint());

		assertThat(executed()).isEmpty();
		assertThat(LazySavepoints.count(this.connection)).isZero();
	}

	@Test
	void setsTheSavepointBeforeTheFirstStatementOfAnEvent() throws SQLException {
		this.connection.setSavepoint();

		insert("first");
		insert("second");

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_0", "insert first", "insert second");
		assertThat(LazySavepoints.count(this.connection)).isOne();
	}

	@Test
	void setsTheNextSavepointInsideTheLast() throws SQLException {
		Savepoint first = this.connection.setSavepoint();
		insert("first");
		this.connection.releaseSavepoint(first);
		Savepoint second = this.connection.setSavepoint();
		insert("second");
		this.connection.releaseSavepoint(second);
		this.connection.commit();

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_0", "insert first", "SAVEPOINT pyxbox_0",
				"insert second");
		assertThat(effects()).containsExactly("first", "second");
	}

	@Test
	void releasesTheSavepointsOfAListenerWithTheNextOne() throws SQLException {
		Savepoint event = this.connection.setSavepoint();
		for (String name : List.of("first", "second")) {
			Savepoint inner = this.connection.setSavepoint();
			insert(name);
			this.connection.releaseSavepoint(inner);
		}
		this.connection.releaseSavepoint(event);
		this.connection.setSavepoint();
		insert("third");
		this.connection.commit();

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_0;SAVEPOINT pyxbox_1", "insert first",
				"RELEASE SAVEPOINT pyxbox_1;SAVEPOINT pyxbox_1", "insert second",
				"RELEASE SAVEPOINT pyxbox_1;SAVEPOINT pyxbox_0", "insert third");
		assertThat(effects()).containsExactly("first", "second", "third");
	}

	@Test
	void undoesWhatAFailedEventDidAndNothingElse() throws SQLException {
		Savepoint first = this.connection.setSavepoint();
		insert("first");
		this.connection.releaseSavepoint(first);
		Savepoint failed = this.connection.setSavepoint();
		insert("failed");
		this.connection.rollback(failed);
		Savepoint third = this.connection.setSavepoint();
		insert("third");
		this.connection.releaseSavepoint(third);
		this.connection.commit();

		assertThat(effects()).containsExactly("first", "third");
	}

	@Test
	void restoresATransactionThatAStatementHasBroken() throws SQLException {
		Savepoint first = this.connection.setSavepoint();
		insert("first");
		this.connection.releaseSavepoint(first);
		Savepoint failed = this.connection.setSavepoint();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute("SELECT 1 / 0"));
		this.connection.rollback(failed);
		insert("after");
		this.connection.commit();

		assertThat(effects()).containsExactly("first", "after");
	}

	@Test
	void undoesAnEventThatTouchesTheDatabaseAfterOneThatDidNot() throws SQLException {
		Savepoint idle = this.connection.setSavepoint();
		this.connection.releaseSavepoint(idle);
		Savepoint failed = this.connection.setSavepoint();
		insert("failed");
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void nestsTheSavepointsOfAListener() throws SQLException {
		Savepoint event = this.connection.setSavepoint();
		insert("before");
		Savepoint inner = this.connection.setSavepoint("inner");
		insert("inner");
		this.connection.rollback(inner);
		this.connection.releaseSavepoint(inner);
		insert("after");
		this.connection.releaseSavepoint(event);
		this.connection.commit();

		assertThat(effects()).containsExactly("before", "after");
	}

	@Test
	void undoesTheReleasedSavepointsOfAListenerWithItsEvent() throws SQLException {
		insert("first");
		Savepoint event = this.connection.setSavepoint();
		Savepoint inner = this.connection.setSavepoint();
		insert("inner");
		this.connection.releaseSavepoint(inner);
		insert("after");
		this.connection.rollback(event);
		this.connection.commit();

		assertThat(effects()).containsExactly("first");
	}

	@Test
	void releasesTheSavepointsThatWereSetAfterAReleasedOne() throws SQLException {
		Savepoint event = this.connection.setSavepoint();
		Savepoint inner = this.connection.setSavepoint();
		insert("inner");
		this.connection.releaseSavepoint(event);
		insert("after");

		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.rollback(inner))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("3B001"));
		this.connection.commit();
		assertThat(effects()).containsExactly("inner", "after");
	}

	@Test
	void canRollBackToASavepointTwice() throws SQLException {
		Savepoint savepoint = this.connection.setSavepoint();
		insert("first");
		this.connection.rollback(savepoint);
		insert("second");
		this.connection.rollback(savepoint);
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void knowsAStatementThatWasPreparedByAnEarlierEvent() throws SQLException {
		try (PreparedStatement prepared = this.connection.prepareStatement("INSERT INTO effects VALUES (?)")) {
			Savepoint first = this.connection.setSavepoint();
			prepared.setString(1, "first");
			prepared.executeUpdate();
			this.connection.releaseSavepoint(first);
			Savepoint failed = this.connection.setSavepoint();
			prepared.setString(1, "failed");
			prepared.executeUpdate();
			this.connection.rollback(failed);
		}
		this.connection.commit();

		assertThat(effects()).containsExactly("first");
	}

	@Test
	void setsTheSavepointBeforeABatch() throws SQLException {
		Savepoint failed = this.connection.setSavepoint();
		try (Statement statement = this.connection.createStatement()) {
			statement.addBatch("INSERT INTO effects VALUES ('a')");
			statement.addBatch("INSERT INTO effects VALUES ('b')");
			statement.executeBatch();
		}
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void setsSavepointsAtOnceForWhoHasGotHoldOfTheDriversConnection() throws SQLException {
		PGConnection driver = this.connection.unwrap(PGConnection.class);

		Savepoint failed = this.connection.setSavepoint();
		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_0");
		try (Statement statement = ((Connection) driver).createStatement()) {
			statement.execute("INSERT INTO effects VALUES ('unseen')");
		}
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void setsAnOpenSavepointWhenSomebodyGetsHoldOfTheDriversConnection() throws SQLException {
		Savepoint failed = this.connection.setSavepoint();
		try (Statement statement = ((Connection) this.connection.unwrap(PGConnection.class)).createStatement()) {
			statement.execute("INSERT INTO effects VALUES ('unseen')");
		}
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void setsSavepointsAtOnceForWhoHasGotHoldOfTheDriversStatement() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			Statement driver = (Statement) statement.unwrap(PGStatement.class);
			Savepoint failed = this.connection.setSavepoint();
			driver.execute("INSERT INTO effects VALUES ('unseen')");
			this.connection.rollback(failed);
		}
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void staysLazyForWhoAsksForMetaData() throws SQLException {
		Savepoint savepoint = this.connection.setSavepoint();
		DatabaseMetaData metaData = this.connection.getMetaData();

		assertThat(metaData.getDatabaseProductName()).isEqualTo("PostgreSQL");
		assertThat(metaData.getConnection()).isSameAs(this.connection);
		assertThat(executed()).isEmpty();
		try (ResultSet tables = metaData.getTables(null, null, "effects", null)) {
			assertThat(tables.next()).isTrue();
		}
		assertThat(executed()).first().isEqualTo("SAVEPOINT pyxbox_0");
		this.connection.rollback(savepoint);
	}

	@Test
	void isLazyAgainInTheNextTransaction() throws SQLException {
		this.connection.unwrap(PGConnection.class);
		this.connection.setSavepoint();
		insert("first");
		this.connection.commit();

		this.connection.releaseSavepoint(this.connection.setSavepoint());

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_0", "insert first");
		assertThat(LazySavepoints.count(this.connection)).isZero();
	}

	@Test
	void forgetsTheSavepointsOfATransactionThatWasRolledBack() throws SQLException {
		Savepoint first = this.connection.setSavepoint();
		insert("first");
		this.connection.releaseSavepoint(first);
		this.connection.rollback();

		this.connection.setSavepoint();
		insert("second");
		this.connection.commit();

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_0", "insert first", "SAVEPOINT pyxbox_0",
				"insert second");
		assertThat(effects()).containsExactly("second");
	}

	@Test
	void hidesTheDriversConnectionBehindItsStatements() throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			assertThat(statement.getConnection()).isSameAs(this.connection);
		}
		assertThat(this.connection).isEqualTo(this.connection);
		assertThat(LazySavepoints.unwrap(this.connection)).isNotSameAs(this.connection);
	}

	@Test
	void throwsWhatTheDriverThrows() {
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute("SELECT * FROM nothing"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("42P01"));
	}

	@Test
	void givesSavepointsANameOrANumber() throws SQLException {
		Savepoint unnamed = this.connection.setSavepoint();
		Savepoint named = this.connection.setSavepoint("mine");

		assertThat(unnamed.getSavepointId()).isZero();
		assertThat(named.getSavepointName()).isEqualTo("mine");
		assertThatExceptionOfType(SQLException.class).isThrownBy(unnamed::getSavepointName);
		assertThatExceptionOfType(SQLException.class).isThrownBy(named::getSavepointId);
	}

	private void insert(String name) throws SQLException {
		execute("INSERT INTO effects VALUES ('" + name + "')");
	}

	private void execute(String sql) throws SQLException {
		try (Statement statement = this.connection.createStatement()) {
			statement.execute(sql);
		}
	}

	private List<String> executed() {
		return this.recording.executed()
			.stream()
			.map((sql) -> sql.replaceAll("INSERT INTO effects VALUES \\('(.*)'\\)", "insert $1"))
			.toList();
	}

	private static List<String> effects() {
		return jdbc.sql("SELECT name FROM effects").query(String.class).list();
	}

}
