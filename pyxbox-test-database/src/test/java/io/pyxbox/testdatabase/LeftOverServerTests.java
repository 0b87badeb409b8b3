package io.pyxbox.testdatabase;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

class LeftOverServerTests {

	private static final Map<String, String> DURABLE = Map.of("fsync", "on", "synchronous_commit", "on");

	@TempDir
	private Path directory;

	@Test
	void whatAKilledJvmCommittedIsThereAgain() throws Exception {
		String leftOver = startInAnotherJvmAndKillIt();

		try (Server server = Server.start(data(), DURABLE)) {
			assertThat(count(server)).isEqualTo(1);
			assertThatExceptionOfType(SQLException.class).isThrownBy(() -> connect(leftOver));
		}
	}

	@Test
	void aLeftOverServerWithAClientIsEndedToo() throws Exception {
		String leftOver = startInAnotherJvmAndKillIt();

		try (Connection client = connect(leftOver); Server server = Server.start(data(), DURABLE)) {
			assertThat(client.isValid(1)).isFalse();
			assertThat(count(server)).isEqualTo(1);
		}
	}

	@Test
	void aProcessIdThatIsAnotherProgramsByNowDoesNotStandInTheWay() throws IOException {
		Path pidFile = Files.createDirectory(data()).resolve("postmaster.pid");
		Files.write(pidFile, List.of("" + ProcessHandle.current().pid(), data().toString(), "1", "5432"));

		LeftOverServer.end(data());

		assertThat(pidFile).doesNotExist();
	}

	@Test
	void aServerInUseIsLeftAlone() {
		try (Server server = Server.start(data(), DURABLE)) {
			assertThatIllegalStateException().isThrownBy(() -> Server.start(data(), DURABLE))
				.withMessageContaining("Another process works on " + data())
				.withMessageContaining(server.jdbcUrl());
			assertThat(server.version()).isNotEmpty();
		}
	}

	private String startInAnotherJvmAndKillIt() throws IOException, InterruptedException {
		Process jvm = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
				System.getProperty("java.class.path"), Killed.class.getName(), data().toString())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		try (BufferedReader output = jvm.inputReader(StandardCharsets.UTF_8)) {
			return output.readLine();
		}
		finally {
			jvm.destroyForcibly().waitFor();
		}
	}

	private Path data() {
		return this.directory.resolve("data");
	}

	private static Connection connect(String url) throws SQLException {
		return DriverManager.getConnection(url, "postgres", "postgres");
	}

	private static int count(Server server) throws SQLException {
		try (Connection connection = server.connect();
				Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("select count(*) from t")) {
			row.next();
			return row.getInt(1);
		}
	}

	static final class Killed {

		private Killed() {
		}

		public static void main(String[] args) throws Exception {
			Server server = Server.start(Path.of(args[0]), DURABLE);
			try (Connection connection = server.connect(); Statement statement = connection.createStatement()) {
				statement.execute("create table t as select 1");
			}
			System.out.println(server.jdbcUrl());
			Thread.currentThread().join();
		}

	}

}
