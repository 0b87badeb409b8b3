package io.pyxbox.testdatabase;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

import io.pyxbox.testdatabase.TestDatabase.Server;
import org.jspecify.annotations.Nullable;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/**
 * Which server the tests run on, see {@link TestDatabase}.
 *
 * @param database what was asked for, {@code null} for whatever is there
 * @param pooler what stands in front of it, {@code null} for nothing
 * @param username for a JDBC URL
 * @param password for a JDBC URL
 */
record ServerChoice(@Nullable String database, @Nullable String pooler, String username, String password) {

	/** Enough for the largest test: PgBouncer's own default of 20 is not. */
	private static final int SERVER_CONNECTIONS = 50;

	static ServerChoice fromSystemProperties() {
		return new ServerChoice(System.getProperty("pyxbox.test.database"), System.getProperty("pyxbox.test.pooler"),
				System.getProperty("pyxbox.test.username", "postgres"),
				System.getProperty("pyxbox.test.password", "postgres"));
	}

	Server start() {
		String database = (this.database != null) ? this.database : (isDockerThere() ? "testcontainers" : "embedded");
		Server server = start(database);
		System.out.printf(
				"Test database: PostgreSQL %s, %s, at %s (choose another one by "
						+ "-Dpyxbox.test.database=embedded, testcontainers or a JDBC URL)%n",
				server.version(), database.startsWith("jdbc:") ? "given" : database, server.jdbcUrl());
		return (this.pooler != null) ? startPooler(this.pooler, server) : server;
	}

	private static Server startPooler(String pooler, Server server) {
		if (!pooler.equals("pgbouncer")) {
			throw new IllegalStateException("pyxbox.test.pooler is '" + pooler + "' but must be pgbouncer, or not set");
		}
		PgBouncer pgBouncer = PgBouncer.start(server, SERVER_CONNECTIONS);
		System.out.println("Test database: behind " + pgBouncer + " (-Dpyxbox.test.pooler)");
		return pgBouncer;
	}

	private Server start(String database) {
		if (database.startsWith("jdbc:postgresql://")) {
			return new RunningServer(database, this.username, this.password);
		}
		return switch (database) {
			case "embedded" -> Server.start(Map.of());
			case "testcontainers" -> startContainer();
			default -> throw new IllegalStateException("pyxbox.test.database is '" + database
					+ "' but must be embedded, testcontainers or a JDBC URL as in jdbc:postgresql://localhost/postgres");
		};
	}

	@SuppressWarnings("resource") // ends with the JVM
	private static Server startContainer() {
		PostgreSQLContainer container = new PostgreSQLContainer("postgres:18-alpine");
		container.setCommand("postgres", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c",
				"max_connections=300");
		container.start();
		return new RunningServer(container.getJdbcUrl(), container.getUsername(), container.getPassword());
	}

	/**
	 * Testcontainers is asked only if something hints at Docker: without Docker its
	 * search takes a second or two and logs an error.
	 */
	private static boolean isDockerThere() {
		String home = System.getProperty("user.home");
		boolean hint = System.getenv("DOCKER_HOST") != null || Stream
			.of("/var/run/docker.sock", System.getenv("XDG_RUNTIME_DIR") + "/docker.sock",
					home + "/.docker/run/docker.sock", home + "/.docker/desktop/docker.sock",
					home + "/.testcontainers.properties", "\\\\.\\pipe\\docker_engine")
			.anyMatch((path) -> Files.exists(Path.of(path)));
		return hint && DockerClientFactory.instance().isDockerAvailable();
	}

	private record RunningServer(String jdbcUrl, String username, String password) implements Server {
	}

}
