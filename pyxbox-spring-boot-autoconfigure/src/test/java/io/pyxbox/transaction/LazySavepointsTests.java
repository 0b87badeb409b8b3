package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LazySavepointsTests extends SavepointScenario {

	@Test
	void setsNoSavepointForAnEventThatDoesNotTouchTheDatabase() throws SQLException {
		for (int event = 0; event < 3; event++) {
			Savepoint savepoint = event();
			this.connection.releaseSavepoint(savepoint);
		}
		this.connection.rollback(event());

		assertThat(executed()).isEmpty();
		assertThat(LazySavepoints.count(this.connection)).isZero();
	}

	@Test
	void setsTheSavepointBeforeTheFirstStatementOfAnEvent() throws SQLException {
		event();

		insert("first");
		insert("second");

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_event", "insert first", "insert second");
		assertThat(LazySavepoints.count(this.connection)).isOne();
	}

	@Test
	void setsTheNextSavepointInsideTheLast() throws SQLException {
		finish("first");
		finish("second");
		this.connection.commit();

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_event", "insert first", "SAVEPOINT pyxbox_event",
				"insert second");
		assertThat(effects()).containsExactly("first", "second");
	}

	@Test
	void releasesTheSavepointsOfAListenerWithTheNextOne() throws SQLException {
		Savepoint event = event();
		for (String name : List.of("first", "second")) {
			Savepoint inner = this.connection.setSavepoint();
			insert(name);
			this.connection.releaseSavepoint(inner);
		}
		this.connection.releaseSavepoint(event);
		event();
		insert("third");
		this.connection.commit();

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_event;SAVEPOINT pyxbox_1", "insert first",
				"RELEASE SAVEPOINT pyxbox_1;SAVEPOINT pyxbox_1", "insert second",
				"RELEASE SAVEPOINT pyxbox_1;SAVEPOINT pyxbox_event", "insert third");
		assertThat(effects()).containsExactly("first", "second", "third");
	}

	@Test
	void undoesWhatAFailedEventDidAndNothingElse() throws SQLException {
		finish("first");
		Savepoint failed = event();
		insert("failed");
		this.connection.rollback(failed);
		finish("third");
		this.connection.commit();

		assertThat(effects()).containsExactly("first", "third");
	}

	@Test
	void restoresATransactionThatAStatementHasBroken() throws SQLException {
		finish("first");
		Savepoint failed = event();
		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> execute("SELECT 1 / 0"));
		this.connection.rollback(failed);
		insert("after");
		this.connection.commit();

		assertThat(effects()).containsExactly("first", "after");
	}

	@Test
	void undoesAnEventThatTouchesTheDatabaseAfterOneThatDidNot() throws SQLException {
		Savepoint idle = event();
		this.connection.releaseSavepoint(idle);
		Savepoint failed = event();
		insert("failed");
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void nestsTheSavepointsOfAListener() throws SQLException {
		Savepoint event = event();
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
		Savepoint event = event();
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
		Savepoint event = event();
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
		Savepoint savepoint = event();
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
			Savepoint first = event();
			prepared.setString(1, "first");
			prepared.executeUpdate();
			this.connection.releaseSavepoint(first);
			Savepoint failed = event();
			prepared.setString(1, "failed");
			prepared.executeUpdate();
			this.connection.rollback(failed);
		}
		this.connection.commit();

		assertThat(effects()).containsExactly("first");
	}

	@Test
	void setsTheSavepointBeforeABatch() throws SQLException {
		Savepoint failed = event();
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

		Savepoint failed = event();
		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_event");
		try (Statement statement = ((Connection) driver).createStatement()) {
			statement.execute("INSERT INTO effects VALUES ('unseen')");
		}
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void setsAnOpenSavepointWhenSomebodyGetsHoldOfTheDriversConnection() throws SQLException {
		Savepoint failed = event();
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
			Savepoint failed = event();
			driver.execute("INSERT INTO effects VALUES ('unseen')");
			this.connection.rollback(failed);
		}
		this.connection.commit();

		assertThat(effects()).isEmpty();
	}

	@Test
	void staysLazyForWhoAsksForMetaData() throws SQLException {
		Savepoint savepoint = event();
		DatabaseMetaData metaData = this.connection.getMetaData();

		assertThat(metaData.getDatabaseProductName()).isEqualTo("PostgreSQL");
		assertThat(metaData.getConnection()).isSameAs(this.connection);
		assertThat(executed()).isEmpty();
		try (ResultSet tables = metaData.getTables(null, null, "effects", null)) {
			assertThat(tables.next()).isTrue();
		}
		assertThat(executed()).first().isEqualTo("SAVEPOINT pyxbox_event");
		this.connection.rollback(savepoint);
	}

	@Test
	void setsAtOnceWhatIsNoEvents() throws SQLException {
		for (int i = 0; i < 3; i++) {
			this.connection.releaseSavepoint(this.connection.setSavepoint());
		}

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_0", "RELEASE SAVEPOINT pyxbox_0;SAVEPOINT pyxbox_0",
				"RELEASE SAVEPOINT pyxbox_0;SAVEPOINT pyxbox_0");
	}

	@Test
	void noticesThatTheTransactionHasEnded() throws SQLException {
		Savepoint savepoint = event();
		insert("lost");
		this.connection.rollback();

		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> this.connection.releaseSavepoint(savepoint))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25P01"));
	}

	@Test
	void keepsInMindWhatIsOpenIfNothingEnds() throws SQLException {
		finish("first");
		Savepoint failed = event();
		insert("failed");

		this.connection.setAutoCommit(false);
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).containsExactly("first");
	}

	@Test
	void setsSavepointsAtOnceForRowsThatCanBeUpdated() throws SQLException {
		this.jdbc
			.sql("DROP TABLE IF EXISTS updatable; CREATE TABLE updatable (id int PRIMARY KEY, name text); "
					+ "INSERT INTO updatable VALUES (1, 'before')")
			.update();
		try (Statement statement = this.connection.createStatement(ResultSet.TYPE_FORWARD_ONLY,
				ResultSet.CONCUR_UPDATABLE); ResultSet rows = statement.executeQuery("SELECT * FROM updatable")) {
			rows.next();
			Savepoint failed = event();
			rows.updateString(2, "after");
			rows.updateRow();
			this.connection.rollback(failed);
		}
		this.connection.commit();

		assertThat(this.jdbc.sql("SELECT name FROM updatable").query(String.class).single()).isEqualTo("before");
	}

	@Test
	void isLazyAgainInTheNextTransaction() throws SQLException {
		this.connection.unwrap(PGConnection.class);
		event();
		insert("first");
		this.connection.commit();

		this.connection.releaseSavepoint(event());

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_event", "insert first");
		assertThat(LazySavepoints.count(this.connection)).isZero();
	}

	@Test
	void forgetsTheSavepointsOfATransactionThatWasRolledBack() throws SQLException {
		finish("first");
		this.connection.rollback();

		event();
		insert("second");
		this.connection.commit();

		assertThat(executed()).containsExactly("SAVEPOINT pyxbox_event", "insert first", "SAVEPOINT pyxbox_event",
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
		Savepoint unnamed = event();
		Savepoint named = this.connection.setSavepoint("mine");

		assertThat(unnamed.getSavepointId()).isZero();
		assertThat(named.getSavepointName()).isEqualTo("mine");
		assertThatExceptionOfType(SQLException.class).isThrownBy(unnamed::getSavepointName);
		assertThatExceptionOfType(SQLException.class).isThrownBy(named::getSavepointId);
	}

	@Override
	void insert(String name) throws SQLException {
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

}
