package io.pyxbox.publish.kinesis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.pyxbox.chaos.FaultyProxy;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClientBuilder;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * A server in a process of its own that speaks Kinesis, and a network before it that can
 * fail. It is a package of npm's, and gets into the build's folder by itself.
 */
public final class KinesisServer implements AutoCloseable {

	private static final String VERSION = "0.6.2";

	/**
	 * It ends with its parent, however that ends. It answers in several writes, so its
	 * sockets must not wait for acknowledgements in between: 40 milliseconds each.
	 */
	private static final String PROGRAM = """
			process.stdin.resume();
			process.stdin.on('end', () => process.exit(0));
			const { Server } = require('net');
			const emit = Server.prototype.emit;
			Server.prototype.emit = function (event, socket) {
			  if (event === 'connection') socket.setNoDelay(true);
			  return emit.apply(this, arguments);
			};
			require('./main.js');
			""";

	private final Process process;

	private final FaultyProxy network;

	private final KinesisAsyncClient client;

	private KinesisServer(Process process, int port) {
		this.process = process;
		this.network = new FaultyProxy(port);
		this.client = builder("http://localhost:" + port).build();
	}

	/**
	 * Starts a server without streams; or skips the tests, and says why.
	 * @return the server
	 */
	public static KinesisServer start() {
		LoggingSystem logging = LoggingSystem.get(KinesisServer.class.getClassLoader());
		List.of("io.netty", "software.amazon.awssdk").forEach((logger) -> logging.setLogLevel(logger, LogLevel.WARN));
		int port = freePort();
		try {
			ProcessBuilder builder = new ProcessBuilder("node", "-e", PROGRAM).directory(install().toFile())
				.redirectErrorStream(true)
				.redirectOutput(Path.of("target", "kinesis-local-" + port + ".log").toFile());
			builder.environment()
				.putAll(Map.of("KINESIS_MOCK_PLAIN_PORT", String.valueOf(port), "KINESIS_MOCK_TLS_PORT",
						String.valueOf(freePort()), "CREATE_STREAM_DURATION", "10ms", "SHARD_LIMIT", "1000",
						"LOG_LEVEL", "ERROR"));
			return new KinesisServer(builder.start(), port);
		}
		catch (IOException ex) {
			return missing("node cannot be started: " + ex.getMessage());
		}
	}

	/** Several JVMs may want it at once. */
	private static Path install() {
		Path folder = Path.of("target", "kinesis-local");
		Path installed = folder.resolve("node_modules").resolve("kinesis-local");
		try {
			Files.createDirectories(folder);
			try (FileChannel lock = FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE,
					StandardOpenOption.WRITE)) {
				lock.lock();
				if (!Files.exists(installed.resolve("main.js"))) {
					install(folder);
				}
			}
			return installed;
		}
		catch (IOException ex) {
			return missing("npm cannot be started: " + ex.getMessage());
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void install(Path folder) throws IOException, InterruptedException {
		Process npm = new ProcessBuilder("npm", "install", "--prefix", folder.toString(), "--no-save", "--no-audit",
				"--no-fund", "--ignore-scripts", "kinesis-local@" + VERSION)
			.redirectErrorStream(true)
			.redirectOutput(Path.of("target", "kinesis-local-npm.log").toFile())
			.start();
		if (!npm.waitFor(120, TimeUnit.SECONDS) || npm.exitValue() != 0) {
			npm.destroyForcibly();
			missing("npm cannot install it, see target/kinesis-local-npm.log");
		}
	}

	/** Where nothing may be missing it is a failure. */
	private static <T> T missing(String reason) {
		String message = "the server that speaks Kinesis (npm's kinesis-local) is not there: " + reason;
		if (System.getenv("CI") != null) {
			throw new IllegalStateException("Not to be skipped where CI is set, but " + message);
		}
		System.out.println("Skipped: " + message);
		return Assumptions.abort(message);
	}

	private static int freePort() {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns where clients reach the server, as long as they can.
	 * @return the URL
	 */
	public String endpoint() {
		return "http://localhost:" + this.network.port();
	}

	/**
	 * Returns a client as an application would have it.
	 * @param endpoint where the server is
	 * @param interceptors what changes requests and answers
	 * @return the client
	 */
	public static KinesisAsyncClient client(String endpoint, ExecutionInterceptor... interceptors) {
		return builder(endpoint).overrideConfiguration((override) -> {
			for (ExecutionInterceptor interceptor : interceptors) {
				override.addExecutionInterceptor(interceptor);
			}
		}).build();
	}

	private static KinesisAsyncClientBuilder builder(String endpoint) {
		return KinesisAsyncClient.builder()
			.endpointOverride(URI.create(endpoint))
			.region(Region.US_EAST_1)
			.credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("key", "secret")));
	}

	/**
	 * Creates a stream of few shards, and waits until it can be written to.
	 * @param name its name
	 */
	public void createStream(String name) {
		createStream(name, 3);
	}

	/**
	 * Creates a stream, and waits until it can be written to.
	 * @param name its name
	 * @param shards the number of shards; the server gets slow with what is in one
	 */
	public void createStream(String name, int shards) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.ignoreExceptionsMatching((ex) -> ex.getCause() instanceof SdkException && this.process.isAlive())
			.untilAsserted(
					() -> this.client.createStream((request) -> request.streamName(name).shardCount(shards)).join());
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.pollInterval(Duration.ofMillis(20))
			.until(() -> this.client.describeStreamSummary((request) -> request.streamName(name))
				.join()
				.streamDescriptionSummary()
				.streamStatus() == StreamStatus.ACTIVE);
	}

	public String arnOf(String stream) {
		return this.client.describeStreamSummary((request) -> request.streamName(stream))
			.join()
			.streamDescriptionSummary()
			.streamARN();
	}

	/**
	 * Reads a stream from the beginning to where it ends now: each shard in its order.
	 * @param stream its name
	 * @return the records
	 */
	public List<Record> read(String stream) {
		List<Record> records = new ArrayList<>();
		for (Shard shard : this.client.listShards((request) -> request.streamName(stream)).join().shards()) {
			String iterator = this.client
				.getShardIterator((request) -> request.streamName(stream)
					.shardId(shard.shardId())
					.shardIteratorType(ShardIteratorType.TRIM_HORIZON))
				.join()
				.shardIterator();
			GetRecordsResponse some = recordsFrom(iterator);
			while (!some.records().isEmpty()) {
				records.addAll(some.records());
				some = recordsFrom(some.nextShardIterator());
			}
		}
		return records;
	}

	private GetRecordsResponse recordsFrom(String iterator) {
		return this.client.getRecords((request) -> request.shardIterator(iterator).limit(10_000)).join();
	}

	/**
	 * Cuts the network. What the server has it keeps.
	 */
	public void disappear() {
		this.network.refuse();
		this.network.cut();
	}

	/**
	 * Mends the network.
	 */
	public void reappear() {
		this.network.pass();
	}

	@Override
	public void close() {
		this.client.close();
		this.network.close();
		this.process.destroyForcibly();
	}

}
