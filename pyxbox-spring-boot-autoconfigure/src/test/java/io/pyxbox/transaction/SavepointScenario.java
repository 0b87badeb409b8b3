package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A transaction with lazy savepoints, which knows what reaches the driver, and a table of
 * effects.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class SavepointScenario {

	final TestDatabase database = TestDatabase.create();

	final JdbcClient jdbc = JdbcClient.create(this.database.dataSource());

	RecordingConnection recording;

	Connection connection;

	@BeforeAll
	void createTable() {
		this.jdbc.sql("CREATE TABLE effects (name text)").update();
	}

	@BeforeEach
	void beginTransaction() throws SQLException {
		this.jdbc.sql("TRUNCATE effects").update();
		this.recording = new RecordingConnection(this.database.dataSource().getConnection());
		this.connection = LazySavepoints.wrap(this.recording.proxy());
		this.connection.setAutoCommit(false);
	}

	@AfterEach
	void closeConnection() throws SQLException {
		this.connection.close();
	}

	@AfterAll
	void dropDatabase() {
		this.database.close();
	}

	/** Adds an effect, by a statement of the kind that is tested. */
	abstract void insert(String name) throws SQLException;

	Savepoint event() throws SQLException {
		LazySavepoints.eventFollows(this.connection);
		return this.connection.setSavepoint();
	}

	/** An event with this effect, which has come to its end. */
	void finish(String name) throws SQLException {
		Savepoint event = event();
		insert(name);
		this.connection.releaseSavepoint(event);
	}

	List<String> effects() {
		return this.jdbc.sql("SELECT name FROM effects").query(String.class).list();
	}

}
