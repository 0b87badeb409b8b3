package io.pyxbox.publish.rabbit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Assumptions;

import org.springframework.util.FileSystemUtils;

/**
 * The processes of a RabbitMQ that is installed on this machine: a node with a name,
 * ports and folders of its own, and the port mapper that Erlang wants. They end with this
 * JVM, however that ends.
 */
final class RabbitServer implements AutoCloseable {

	private static final Path SCRIPTS = Path.of("/usr/lib/rabbitmq/bin");

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	/**
	 * Kills its arguments when standard input ends, be it that the JVM has been killed.
	 */
	private static final String LEASH = "read -r nothing; kill -9 \"$@\"";

	private final boolean root = System.getProperty("user.name").equals("root");

	private final int port = freePort();

	private final int mapperPort = freePort();

	private final Path directory;

	private final Process mapper;

	private final int distributionPort = freePort();

	private Process node;

	private Process leash;

	private RabbitServer(String settings) throws IOException, InterruptedException {
		this.directory = Files.createTempDirectory("rabbitmq-");
		Files.writeString(this.directory.resolve("rabbitmq.conf"),
				"listeners.tcp.1 = 127.0.0.1:" + this.port + "\n" + settings);
		Files.writeString(this.directory.resolve("enabled_plugins"), "[].\n");
		if (this.root) {
			run(List.of("chown", "-R", "rabbitmq", this.directory.toString()));
		}
		this.mapper = launch("epmd", "-port", String.valueOf(this.mapperPort));
	}

	/**
	 * Starts a server. Skips the test where RabbitMQ is not installed, and says so.
	 * @param settings lines for its {@code rabbitmq.conf}
	 * @return a server that takes connections
	 */
	static RabbitServer start(String settings) {
		boolean installed = Files.isExecutable(SCRIPTS.resolve("rabbitmq-server"));
		if (!installed) {
			System.out
				.println("Skipped: the tests of the publisher for RabbitMQ, for rabbitmq-server is not installed");
		}
		Assumptions.assumeTrue(installed, "rabbitmq-server is not installed");
		try {
			RabbitServer server = new RabbitServer(settings);
			server.start();
			return server;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	int port() {
		return this.port;
	}

	/** Starts the node, again if need be, with what it has kept. */
	void start() throws IOException, InterruptedException {
		this.node = launch(SCRIPTS.resolve("rabbitmq-server").toString());
		this.leash = new ProcessBuilder("sh", "-c", LEASH, "sh", String.valueOf(this.node.pid()),
				String.valueOf(this.mapper.pid()))
			.start();
		long start = System.nanoTime();
		while (!isListening()) {
			if (this.node.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() - start > PATIENCE.toNanos()) {
				throw new IllegalStateException("RabbitMQ did not start: " + Files.readString(log()));
			}
		}
	}

	/** Shuts the node down, as an administrator would. */
	void shutDown() {
		end(this.node.toHandle()::destroy);
	}

	/** Kills the node. */
	void kill() {
		end(this.node.toHandle()::destroyForcibly);
	}

	private void end(Runnable signal) {
		this.leash.destroyForcibly();
		signal.run();
		this.node.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
	}

	/** Runs {@code rabbitmqctl}. */
	void control(String... arguments) {
		try {
			List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("rabbitmqctl").toString()));
			command.addAll(List.of(arguments));
			run(as(command));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private Process launch(String... command) throws IOException {
		return builder(as(List.of(command))).start();
	}

	private void run(List<String> command) throws IOException, InterruptedException {
		int status = builder(command).start().waitFor();
		if (status != 0) {
			throw new IllegalStateException(command + " ended with " + status + ": " + Files.readString(log()));
		}
	}

	/** It is not to be root, who could start it, but whose files would be in its way. */
	private List<String> as(List<String> command) {
		List<String> all = new ArrayList<>();
		if (this.root) {
			all.addAll(List.of("setpriv", "--reuid", "rabbitmq", "--regid", "rabbitmq", "--clear-groups"));
		}
		all.addAll(command);
		return all;
	}

	private ProcessBuilder builder(List<String> command) {
		ProcessBuilder builder = new ProcessBuilder(command).directory(this.directory.toFile())
			.redirectErrorStream(true)
			.redirectInput(Path.of("/dev/null").toFile())
			.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
		builder.environment()
			.putAll(Map.ofEntries(Map.entry("HOME", this.directory.toString()), Map.entry("LANG", "C.UTF-8"),
					Map.entry("ERL_EPMD_PORT", String.valueOf(this.mapperPort)),
					Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
					Map.entry("RABBITMQ_NODENAME", "pyxbox-" + this.port + "@localhost"),
					Map.entry("RABBITMQ_DIST_PORT", String.valueOf(this.distributionPort)),
					Map.entry("RABBITMQ_CONF_ENV_FILE", path("rabbitmq-env.conf")),
					Map.entry("RABBITMQ_CONFIG_FILE", path("rabbitmq")),
					Map.entry("RABBITMQ_MNESIA_BASE", path("data")), Map.entry("RABBITMQ_LOG_BASE", path("logs")),
					Map.entry("RABBITMQ_LOGS", "-"),
					Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", path("enabled_plugins")),
					Map.entry("RABBITMQ_PID_FILE", path("pid")),
					// With these the script turns into the server, in place of being its
					// parent.
					Map.entry("RABBITMQ_ALLOW_INPUT", "true"), Map.entry("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
							"-noinput +sbwt none +sbwtdcpu none +sbwtdio none")));
		return builder;
	}

	private String path(String name) {
		return this.directory.resolve(name).toString();
	}

	private Path log() {
		return this.directory.resolve("output.log");
	}

	private boolean isListening() {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			return socket.isConnected();
		}
		catch (IOException ex) {
			return false;
		}
	}

	private static int freePort() {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		kill();
		this.mapper.destroyForcibly();
		this.mapper.onExit().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
		try {
			FileSystemUtils.deleteRecursively(this.directory);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
