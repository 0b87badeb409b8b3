package io.pyxbox.testdatabase;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A running PgBouncer. It keeps nothing, so it is ended by killing it.
 */
final class PgBouncerProcess implements AutoCloseable {

	/** Kills the pooler when standard input ends, be it that the JVM has been killed. */
	private static final String LEASH = """
			exec 3<&0
			"$@" & pooler=$!
			{ read -r nothing <&3; kill -9 $pooler; } & leash=$!
			wait $pooler
			status=$?
			kill $leash
			exit $status
			""";

	private static final Duration PATIENCE = Duration.ofSeconds(20);

	private final int port = EmbeddedServer.freePort();

	private final Path log;

	private final Process process;

	PgBouncerProcess(PgBouncerBinary binary, String target, int poolSize) {
		try {
			Path settings = Files.createTempFile("pgbouncer-", ".ini");
			Files.writeString(settings, settings(binary, target, poolSize));
			this.log = Files.createTempFile("pgbouncer-", ".log");
			this.log.toFile().deleteOnExit();
			this.process = new ProcessBuilder(command(binary, settings)).redirectErrorStream(true)
				.redirectOutput(this.log.toFile())
				.start();
			awaitStart();
			Files.delete(settings);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static List<String> command(PgBouncerBinary binary, Path settings) {
		List<String> command = new ArrayList<>(List.of("sh", "-c", LEASH, "sh", binary.file().toString()));
		if (System.getProperty("user.name").equals("root")) {
			// It refuses to be root, and turns into somebody else once it has read the
			// settings.
			command.addAll(List.of("-u", "nobody"));
		}
		command.add(settings.toString());
		return command;
	}

	private String settings(PgBouncerBinary binary, String target, int poolSize) {
		// Who has lost a connection gets another one soon; who waits for a database that
		// has been dropped gives up soon. By itself it takes 15 and 120 seconds.
		String settings = """
				[databases]
				* = %s
				[pgbouncer]
				listen_addr = 127.0.0.1
				listen_port = %d
				unix_socket_dir =
				auth_type = any
				pool_mode = transaction
				default_pool_size = %d
				max_client_conn = 1000
				ignore_startup_parameters = extra_float_digits
				server_login_retry = 0.1
				query_wait_timeout = 30
				log_connections = 0
				log_disconnections = 0
				""".formatted(target, this.port, poolSize);
		return binary.knowsPreparedStatements() ? settings + "max_prepared_statements = 200\n" : settings;
	}

	private void awaitStart() throws IOException {
		long start = System.nanoTime();
		try {
			while (!isListening()) {
				if (this.process.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() - start > PATIENCE.toNanos()) {
					String said = Files.readString(this.log);
					close();
					throw new IllegalStateException("PgBouncer did not start: " + said);
				}
			}
		}
		catch (InterruptedException ex) {
			close();
			Thread.currentThread().interrupt();
			throw new IllegalStateException("Interrupted before PgBouncer had started", ex);
		}
	}

	private boolean isListening() {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			return socket.isConnected();
		}
		catch (IOException ex) {
			return false;
		}
	}

	int port() {
		return this.port;
	}

	@Override
	public void close() {
		try {
			this.process.getOutputStream().close();
			this.process.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
			Files.deleteIfExists(this.log);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
