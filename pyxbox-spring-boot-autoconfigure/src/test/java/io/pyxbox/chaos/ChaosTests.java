package io.pyxbox.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

import io.pyxbox.testdatabase.TestDatabase;
import io.pyxbox.testdatabase.TestDatabase.Server;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * All promises at once, while processes, connections and the server fail at random. With
 * {@code -Dpyxbox.chaos.minutes=30 -Dpyxbox.chaos.seed=1} for as long, and with these
 * faults.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no signals")
class ChaosTests {

	private static final int INSTANCES = 3;

	private static final Duration DURATION = Duration
		.ofMillis((long) (60_000 * Double.parseDouble(System.getProperty("pyxbox.chaos.minutes", "0.7"))));

	private static final long SEED = Long.getLong("pyxbox.chaos.seed", System.nanoTime());

	private static final int EVENTS_PER_SECOND = Integer.getInteger("pyxbox.chaos.events-per-second", 1_200);

	/** A long run has time to do some work between two faults. */
	private static final long PAUSE_MILLIS = (DURATION.toMinutes() < 5) ? 400 : 4_000;

	/** Enough to keep everybody busy through an outage. */
	private static final long MAX_BACKLOG = 20_000;

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private final Path directory = Path.of("target", "chaos", String.valueOf(SEED)).toAbsolutePath();

	private final Server server = Server.start(Connections.durableServer());

	private final TestDatabase database = this.server.createDatabase();

	private final Books books = new Books(this.database.dataSource(), this.directory);

	private final List<Instance> instances = new ArrayList<>();

	@BeforeEach
	void start() throws IOException {
		System.out.println("Chaos with -Dpyxbox.chaos.seed=" + SEED + ", logs are in " + this.directory);
		Files.createDirectories(this.directory);
		this.books.create();
		for (int slot = 1; slot <= INSTANCES; slot++) {
			this.instances.add(start(slot));
		}
	}

	private Instance start(int slot) {
		FaultyProxy network = FaultyProxy.to(this.database);
		List<String> properties = new ArrayList<>();
		properties.addAll(List.of(Connections.properties(network.through(this.database.jdbcUrl()))));
		properties.addAll(List
			.of(ChaosApplication.properties(slot, this.books.outsideFile(slot), EVENTS_PER_SECOND / INSTANCES)));
		properties.add("logging.pattern.console=%d{HH:mm:ss.SSS} %5p %c - %m%n");
		return new Instance(slot, network, this.database, properties.toArray(String[]::new),
				this.directory.resolve("instance-" + slot + ".log"));
	}

	@AfterEach
	void end() {
		this.instances.forEach(Instance::close);
		this.database.close();
		this.server.close();
	}

	@Test
	void theBooksBalanceWhateverFails() throws IOException {
		Random random = new Random(SEED);
		Chaos chaos = new Chaos(this.server, JdbcClient.create(this.database.dataSource()), this.instances, this.books,
				random);
		chaos.awaitDeliveryByAll();

		long began = System.nanoTime();
		while (since(began).compareTo(DURATION) < 0) {
			chaos.strike();
			this.books.setOpen(this.books.backlog() < MAX_BACKLOG);
			Pause.of(Duration.ofMillis(PAUSE_MILLIS / 4 + random.nextLong(PAUSE_MILLIS)));
		}
		Duration duration = since(began);
		this.books.setOpen(false);
		Duration drained = awaitDrained();

		Balance balance = this.books.balance();
		ChaosReport report = new ChaosReport(SEED, duration, drained, chaos.counts(),
				this.instances.stream().mapToInt(Instance::replacements).sum(), chaos.recoveries(), warnings(),
				balance);
		System.out.println(report);
		Files.writeString(this.directory.resolve("report.md"), report.toString());
		assertThat(balance.faults()).isEmpty();
		assertThat(balance.events()).isPositive();
	}

	private Duration awaitDrained() {
		long began = System.nanoTime();
		long backlog = Long.MAX_VALUE;
		while (backlog > 0) {
			long before = backlog;
			Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(200)).until(() -> {
				this.instances.forEach(Instance::replaceIfEnded);
				return this.books.isDrained() || this.books.backlog() < before;
			});
			backlog = this.books.isDrained() ? 0 : this.books.backlog();
		}
		return since(began);
	}

	/** Those that are not about dead letters. */
	private long warnings() throws IOException {
		long warnings = 0;
		for (Instance instance : this.instances) {
			try (Stream<String> lines = Files.lines(instance.log())) {
				warnings += lines
					.filter((line) -> line.contains("  WARN io.pyxbox.") || line.contains("ERROR io.pyxbox."))
					.filter((line) -> !line.contains(" gave up on "))
					.count();
			}
		}
		return warnings;
	}

	private static Duration since(long nanos) {
		return Duration.ofNanos(System.nanoTime() - nanos);
	}

}
