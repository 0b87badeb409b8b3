package io.pyxbox.testdatabase;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

import io.pyxbox.testdatabase.TestDatabase.Server;
import io.pyxbox.testdatabase.TestDatabase.Shutdown;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.jspecify.annotations.Nullable;

/**
 * A server whose binaries are on the class path, on a data directory that stays. Its log
 * stands beside the directory.
 */
class EmbeddedServer implements Server {

	private static final Duration STARTUP = Duration.ofMinutes(1);

	private static final Duration POLL = Duration.ofMillis(20);

	private final Path data;

	private final Path log;

	private final Map<String, String> settings;

	private final int port;

	private EmbeddedPostgres postgres;

	/** What can be started again; {@code null} while the server runs. */
	private @Nullable Postmaster stopped;

	EmbeddedServer(Path data, Map<String, String> settings) {
		this.data = data.toAbsolutePath();
		this.log = this.data.resolveSibling(this.data.getFileName() + ".log");
		this.settings = settings;
		this.port = freePort();
		this.postgres = startPostgres();
	}

	static int freePort() {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private EmbeddedPostgres startPostgres() {
		LeftOverServer.end(this.data);
		try {
			Files.createDirectories(this.data);
			EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
				.setPort(this.port)
				.setDataDirectory(this.data)
				.setCleanDataDirectory(false)
				.setRegisterShutdownHook(false)
				.setPGStartupWait(STARTUP)
				.setOutputRedirector(Redirect.appendTo(this.log.toFile()));
			this.settings.forEach(builder::setServerConfig);
			return builder.start();
		}
		catch (IOException | RuntimeException ex) {
			throw new IllegalStateException("PostgreSQL did not start on " + this.data + ", see " + this.log, ex);
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
		stop();
		this.postgres = startPostgres();
	}

	@Override
	public synchronized void close() {
		stop();
	}

	@Override
	public synchronized void stop(Shutdown how) {
		Postmaster postmaster = Postmaster.of(this.data);
		postmaster.stop(how);
		this.stopped = postmaster;
	}

	@Override
	public synchronized void startAgain() {
		if (this.stopped == null) {
			throw new IllegalStateException("The server has not been stopped");
		}
		this.stopped.startAgain(this.log);
		this.stopped = null;
		awaitConnection();
	}

	private void awaitConnection() {
		long deadline = System.nanoTime() + STARTUP.toNanos();
		while (true) {
			try {
				connect().close();
				return;
			}
			catch (SQLException ex) {
				if (System.nanoTime() - deadline > 0) {
					throw new IllegalStateException("PostgreSQL did not start on " + this.data + ", see " + this.log,
							ex);
				}
				LockSupport.parkNanos(POLL.toNanos());
			}
		}
	}

	private void stop() {
		try {
			this.postgres.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	final Path data() {
		return this.data;
	}

	final Path log() {
		return this.log;
	}

}
