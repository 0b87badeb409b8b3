package io.pyxbox.benchmarks.server;

import io.pyxbox.benchmarks.contender.ContenderType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BenchmarkDatabaseTests {

	/** More blocks than are looked at first. */
	private static final String MANY = "SELECT n, repeat('x', 1000) FROM generate_series(1, 2000) n";

	private static BenchmarkServer server;

	private BenchmarkDatabase database;

	@BeforeAll
	static void startServer() {
		server = BenchmarkServer.start();
	}

	@AfterAll
	static void stopServer() {
		server.close();
	}

	@BeforeEach
	void createDatabase() {
		this.database = server.createDatabase();
	}

	@AfterEach
	void closeDatabase() {
		this.database.close();
	}

	@Test
	void aTableIsDoneWhenNothingIsLeftInIt() {
		this.database.execute("CREATE TABLE hand_events AS " + MANY);
		this.database.execute("DELETE FROM hand_events");

		assertThat(this.database.isDone(ContenderType.HAND)).isTrue();
	}

	@Test
	void whatWaitsAtTheBeginningIsNotMissed() {
		this.database.execute("CREATE TABLE hand_events AS " + MANY);
		this.database.execute("DELETE FROM hand_events WHERE n > 1");

		assertThat(this.database.isDone(ContenderType.HAND)).isFalse();
	}

	@Test
	void whatWaitsAtTheEndIsNotMissed() {
		this.database.execute("CREATE TABLE hand_events AS " + MANY);
		this.database.execute("DELETE FROM hand_events WHERE n < 2000");

		assertThat(this.database.isDone(ContenderType.HAND)).isFalse();
	}

	@Test
	void rowsThatStayAfterTheyWereHandledDoNotWait() {
		this.database.execute("CREATE TABLE outbox_record AS SELECT 'COMPLETED' AS status, * FROM (" + MANY + ") rows");

		boolean doneAtFirst = this.database.isDone(ContenderType.NAMASTACK_DEFAULT);
		this.database.execute("UPDATE outbox_record SET status = 'NEW' WHERE n = 1");

		assertThat(doneAtFirst).isTrue();
		assertThat(this.database.isDone(ContenderType.NAMASTACK_DEFAULT)).isFalse();
	}

}
