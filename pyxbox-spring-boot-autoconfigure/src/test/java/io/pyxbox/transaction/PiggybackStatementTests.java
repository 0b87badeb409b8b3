package io.pyxbox.transaction;

import java.io.ByteArrayInputStream;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.jdbc.AutoSave;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class PiggybackStatementTests extends SavepointScenario {

	private static final String INSERT = "INSERT INTO effects VALUES (?)";

	@Test
	void takesTheSavepointAlong() throws SQLException {
		for (int event = 0; event < 4; event++) {
			Savepoint savepoint = event();
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
		String first = "SAVEPOINT pyxbox_event;" + INSERT;
		assertThat(this.recording.executed()).startsWith(first, INSERT, first, INSERT, first, INSERT,
				"ROLLBACK TO SAVEPOINT pyxbox_event", first, INSERT);
	}

	/** It may have to go on after whatever fails inside. */
	@ParameterizedTest
	@ValueSource(strings = { "SELECT ?", "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(10)", "SELECT 1 / 0" })
	void leavesTheSavepointsOfAListenerAlone(String sql) throws SQLException {
		Savepoint event = event();
		Savepoint inner = this.connection.setSavepoint("inner");
		try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::execute);
		}
		this.connection.rollback(inner);
		this.connection.releaseSavepoint(inner);
		insert("fallback");
		this.connection.releaseSavepoint(event);
		this.connection.commit();

		assertThat(effects()).containsExactly("fallback");
		assertThat(this.recording.executed()).startsWith("SAVEPOINT pyxbox_event;SAVEPOINT pyxbox_1");
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
			Savepoint savepoint = event();

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
	void undoesTheEventThatFails() throws SQLException {
		finish("first");
		Savepoint failed = event();
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT 1 / ?")) {
			statement.setInt(1, 0);
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::executeQuery);
		}
		this.connection.rollback(failed);
		this.connection.releaseSavepoint(failed);
		this.connection.commit();

		assertThat(effects()).containsExactly("first");
	}

	@ParameterizedTest
	@ValueSource(strings = { "SELECT 1 / ?", "SELECT nothing FROM effects WHERE 1 = ?",
			"SELECT 1 FROM pg_sleep(0) WHERE 'x'::text::int = ?", "SELECT 1 / ?::int FROM (SELECT pg_sleep(0)) s" })
	void undoesNothingButTheEventWhoseStatementTheServerRefuses(String sql) throws SQLException {
		for (int number = 0; number < 3; number++) {
			finish("finished");
		}
		Savepoint failed = event();
		try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
			statement.setInt(1, 0);
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::execute);
		}
		this.connection.rollback(failed);
		insert("after");
		this.connection.commit();

		assertThat(effects()).containsExactly("finished", "finished", "finished", "after");
	}

	/**
	 * Nothing has reached the server, or it was interrupted at it does not say what: is
	 * the last savepoint that of this event, or of one that has finished?
	 */
	@ParameterizedTest
	@ValueSource(strings = { "SELECT ?", "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(10)" })
	void neverGoesBackToTheSavepointOfAnotherEvent(String sql) throws SQLException {
		finish("finished");
		Savepoint failed = event();
		try (PreparedStatement statement = this.connection.prepareStatement(sql)) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::execute);
		}

		assertThat(LazySavepoints.areInDoubt(this.connection)).isTrue();
		assertThatInDoubt(() -> this.connection.rollback(failed));
		assertThatInDoubt(() -> this.connection.releaseSavepoint(failed));
		assertThatInDoubt(this.connection::setSavepoint);
		assertThatInDoubt(() -> insert("unnoticed"));
		assertThatInDoubt(this.connection::commit);
		assertThat(effects()).isEmpty();
		assertThat(LazySavepoints.areInDoubt(this.connection)).isFalse();
		insert("another transaction");
		this.connection.commit();
		assertThat(effects()).containsExactly("another transaction");
	}

	private static void assertThatInDoubt(ThrowingCallable call) {
		assertThatExceptionOfType(SQLException.class).isThrownBy(call)
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("25P02"));
	}

	/**
	 * The driver has a text described first, so that it can fail before it is executed.
	 */
	@Test
	void doesNotTakeADescriptionForAnExecution() throws SQLException {
		this.connection.unwrap(PGConnection.class).setPrepareThreshold(-1);
		this.connection.commit();
		finish("finished");
		Savepoint failed = event();
		try (PreparedStatement statement = this.connection
			.prepareStatement("SELECT nothing FROM effects WHERE 1 = ?")) {
			statement.setInt(1, 0);
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::execute);
		}
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).containsExactly("finished");
	}

	/** A pooler, or a function, may have taken it away from the driver. */
	@Test
	void isInDoubtIfThePreparedSavepointIsLost() throws SQLException {
		this.connection.unwrap(PGConnection.class).setPrepareThreshold(1);
		this.connection.commit();
		this.jdbc
			.sql("CREATE OR REPLACE FUNCTION deallocate_all() RETURNS int LANGUAGE plpgsql "
					+ "AS 'BEGIN DEALLOCATE ALL; RETURN 1; END'")
			.update();
		for (int number = 0; number < 3; number++) {
			finish("finished");
		}
		try (Statement statement = this.connection.createStatement()) {
			statement.execute("SELECT deallocate_all()");
		}
		event();

		assertThatExceptionOfType(SQLException.class).isThrownBy(() -> insert("failed"))
			.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("26000"));

		assertThat(LazySavepoints.areInDoubt(this.connection)).isTrue();
	}

	/** Also where the pool has closed it before anybody can ask. */
	@Test
	void throwsWhatTheDriverThrowsWhenTheConnectionIsLost() throws SQLException {
		try (HikariDataSource pool = new HikariDataSource()) {
			pool.setJdbcUrl(this.database.jdbcUrl());
			pool.setUsername(this.database.username());
			pool.setPassword(this.database.password());
			try (Connection pooled = LazySavepoints.wrap(pool.getConnection())) {
				pooled.setAutoCommit(false);
				LazySavepoints.eventFollows(pooled);
				pooled.setSavepoint();
				try (PreparedStatement statement = pooled
					.prepareStatement("SELECT pg_terminate_backend(pg_backend_pid())")) {
					assertThatExceptionOfType(SQLException.class).isThrownBy(statement::execute)
						.satisfies((ex) -> assertThat(ex.getSQLState()).isEqualTo("57P01"));
				}
				assertThat(LazySavepoints.areInDoubt(pooled)).isTrue();
			}
		}
	}

	@Test
	void tellsInTimeWhoIsLikelyToFail() throws SQLException {
		finish("finished");
		Savepoint failed = event();

		LazySavepoints.tell(this.connection);
		try (PreparedStatement statement = this.connection.prepareStatement("SELECT ?")) {
			assertThatExceptionOfType(SQLException.class).isThrownBy(statement::execute);
		}
		this.connection.rollback(failed);
		this.connection.commit();

		assertThat(effects()).containsExactly("finished");
	}

	@Test
	void leavesItToADriverThatSavesByItself() throws SQLException {
		this.connection.unwrap(PGConnection.class).setAutosave(AutoSave.ALWAYS);
		this.connection.commit();

		event();
		insert("a");

		assertThat(this.recording.executed()).containsExactly("SAVEPOINT pyxbox_event", INSERT);
	}

	@Test
	void isNotToldOfWhatAnotherStatementHasTold() throws SQLException {
		Savepoint savepoint = event();
		try (PreparedStatement first = this.connection.prepareStatement(INSERT);
				PreparedStatement second = this.connection.prepareStatement(INSERT)) {
			second.setString(1, "second");
			second.executeUpdate();
			first.setString(1, "first");
			first.executeUpdate();
		}
		this.connection.rollback(savepoint);
		this.connection.commit();

		assertThat(effects()).isEmpty();
		assertThat(this.recording.executed()).containsExactly("SAVEPOINT pyxbox_event;" + INSERT, INSERT,
				"ROLLBACK TO SAVEPOINT pyxbox_event");
	}

	@Test
	void leavesLargeObjectsToTheOrdinaryStatement() throws SQLException {
		event();
		try (PreparedStatement statement = this.connection
			.prepareStatement("INSERT INTO effects VALUES (? || ?::text)")) {
			statement.setString(1, "object ");
			statement.setBlob(2, new ByteArrayInputStream(new byte[] { 1 }));
			statement.executeUpdate();
		}
		this.connection.commit();

		assertThat(effects()).singleElement().asString().startsWith("object ");
		assertThat(this.jdbc.sql("SELECT count(*) FROM pg_largeobject_metadata").query(Integer.class).single()).isOne();
		this.jdbc.sql("SELECT lo_unlink(oid) FROM pg_largeobject_metadata").query(Integer.class).list();
	}

	@Test
	void canBeExecutedAgainByThisEventAndTheNext() throws SQLException {
		Savepoint first = event();
		try (PreparedStatement statement = this.connection.prepareStatement(INSERT)) {
			statement.setString(1, "a");
			statement.executeUpdate();
			statement.executeUpdate();
			statement.setString(1, "b");
			assertThat(statement.executeUpdate()).isOne();
			this.connection.releaseSavepoint(first);
			Savepoint second = event();
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
		Savepoint savepoint = event();
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
		event();
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
		event();
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
		event();
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
			.allSatisfy((sql) -> assertThat(sql).contains("SAVEPOINT pyxbox_event").contains("effects"));
		assertThat(effects()).containsExactly("template", "client", null);
	}

	private Savepoint event(Runnable listener) throws SQLException {
		Savepoint savepoint = event();
		listener.run();
		return savepoint;
	}

	private PreparedStatement begin(String sql) throws SQLException {
		event();
		return this.connection.prepareStatement(sql);
	}

	@Override
	void insert(String name) throws SQLException {
		try (PreparedStatement statement = this.connection.prepareStatement(INSERT)) {
			statement.setString(1, name);
			assertThat(statement.executeUpdate()).isOne();
		}
	}

}
