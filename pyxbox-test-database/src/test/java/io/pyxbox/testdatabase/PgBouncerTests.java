package io.pyxbox.testdatabase;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.pyxbox.testdatabase.TestDatabase.Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class PgBouncerTests {

	@TempDir
	private Path directory;

	private PgBouncer pooler;

	private TestDatabase database;

	@BeforeAll
	static void requirePgBouncer() {
		if (!PgBouncer.isInstalled()) {
			System.out.println("Skipped: pgbouncer is not installed");
		}
		Assumptions.assumeTrue(PgBouncer.isInstalled(), "pgbouncer is not installed");
	}

	@BeforeEach
	void start() {
		this.pooler = PgBouncer.start(TestDatabase.server(), 1);
		this.database = this.pooler.createDatabase();
	}

	@AfterEach
	void end() {
		this.database.close();
		this.pooler.close();
	}

	@Test
	void clientsTakeTurnsOnAConnectionToTheServer() throws SQLException {
		try (Connection one = connect(); Connection other = connect()) {
			int pid = backendPid(one);

			assertThat(backendPid(other)).isEqualTo(pid);
		}
	}

	@Test
	void aTransactionKeepsItsConnectionToTheServer() throws Exception {
		try (Connection one = connect(); Connection other = connect()) {
			one.setAutoCommit(false);
			int pid = backendPid(one);

			CompletableFuture<Integer> turn = CompletableFuture.supplyAsync(() -> backendPid(other));

			assertThat(backendPid(one)).isEqualTo(pid);
			assertThat(turn).isNotDone();
			one.commit();
			assertThat(turn.get(10, TimeUnit.SECONDS)).isEqualTo(pid);
		}
	}

	@Test
	void statementsThatTheDriverWouldPrepareWorkForEveryClient() throws SQLException {
		try (Connection one = connect();
				Connection other = connect();
				PreparedStatement first = one.prepareStatement("select ? || 'a'");
				PreparedStatement second = other.prepareStatement("select ? || 'b'")) {
			for (int i = 0; i < 20; i++) {
				assertThat(query(first, "" + i)).isEqualTo(i + "a");
				assertThat(query(second, "" + i)).isEqualTo(i + "b");
			}
		}
	}

	@Test
	void whoseConnectionToTheServerIsCutGetsAnother() throws SQLException {
		int cut;
		try (Connection one = connect(); Connection admin = this.pooler.connect()) {
			cut = backendPid(one);
			admin.createStatement().execute("select pg_terminate_backend(" + cut + ")");
		}

		// The pooler may take a moment to notice.
		assertThat(
				Stream.generate(this::backendPidOrNone).limit(1000).filter((pid) -> pid > 0 && pid != cut).findFirst())
			.isPresent();
	}

	@Test
	void aDatabaseIsDroppedThoughThePoolerIsConnectedAndTheOthersGoOn() throws SQLException {
		TestDatabase dropped = this.pooler.createDatabase();
		try (Connection connection = dropped.dataSource().getConnection();
				Connection other = connect();
				Connection admin = this.pooler.connect()) {
			String name = connection.getCatalog();
			assertThat(connectionsOf(admin, name)).containsExactly(backendPid(connection));

			dropped.close();

			assertThat(connectionsOf(admin, name)).isEmpty();
			assertThat(backendPid(other)).isPositive();
		}
	}

	@Test
	void whoNeedsTheServerItselfGetsIt() {
		Server server = this.pooler.withoutPooler();

		assertThat(server).isSameAs(TestDatabase.server().withoutPooler());
		assertThat(server.jdbcUrl("some")).startsWith(server.jdbcUrl().replaceFirst("/postgres.*", "/some"));
	}

	@Test
	void administrationGoesPastThePooler() {
		assertThat(this.pooler.jdbcUrl()).isEqualTo(TestDatabase.server().jdbcUrl());
		assertThat(this.database.jdbcUrl()).doesNotContain("/postgres").startsWith("jdbc:postgresql://127.0.0.1:");
		assertThat(this.pooler).hasToString(PgBouncerBinary.find().orElseThrow().version() + " in transaction mode");
	}

	@Test
	void afterTheEndNobodyListens() {
		this.pooler.close();

		assertThatExceptionOfType(SQLException.class).isThrownBy(this::connect).withMessageContaining("refused");
	}

	@Test
	void aKilledJvmLeavesNoneBehind() throws Exception {
		Server server = TestDatabase.server();
		Process jvm = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
				System.getProperty("java.class.path"), "-Djava.io.tmpdir=" + this.directory,
				"-Dpyxbox.test.pooler=pgbouncer", "-Dpyxbox.test.database=" + server.jdbcUrl(),
				"-Dpyxbox.test.username=" + server.username(), "-Dpyxbox.test.password=" + server.password(),
				Killed.class.getName())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		List<ProcessHandle> left;
		try (BufferedReader output = jvm.inputReader(StandardCharsets.UTF_8)) {
			assertThat(output.lines().anyMatch("started"::equals)).isTrue();
			left = jvm.descendants().toList();
			assertThat(left).isNotEmpty();
		}
		finally {
			jvm.destroyForcibly().waitFor();
		}

		for (ProcessHandle process : left) {
			assertThat(process.onExit()).succeedsWithin(10, TimeUnit.SECONDS);
		}
	}

	private Connection connect() throws SQLException {
		return this.database.dataSource().getConnection();
	}

	private static List<Integer> connectionsOf(Connection admin, String database) throws SQLException {
		List<Integer> pids = new ArrayList<>();
		try (Statement statement = admin.createStatement();
				ResultSet row = statement
					.executeQuery("select pid from pg_stat_activity where datname = '" + database + "'")) {
			while (row.next()) {
				pids.add(row.getInt(1));
			}
		}
		return pids;
	}

	private static int backendPid(Connection connection) {
		try (Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
			row.next();
			return row.getInt(1);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String query(PreparedStatement statement, String parameter) throws SQLException {
		statement.setString(1, parameter);
		try (ResultSet row = statement.executeQuery()) {
			row.next();
			return row.getString(1);
		}
	}

	private int backendPidOrNone() {
		try (Connection connection = connect()) {
			return backendPid(connection);
		}
		catch (SQLException | IllegalStateException ex) {
			return -1;
		}
	}

	static final class Killed {

		private Killed() {
		}

		public static void main(String[] args) throws Exception {
			try (Connection connection = TestDatabase.create().dataSource().getConnection()) {
				System.out.println((backendPid(connection) > 0) ? "started" : "");
				Thread.currentThread().join();
			}
		}

	}

}
