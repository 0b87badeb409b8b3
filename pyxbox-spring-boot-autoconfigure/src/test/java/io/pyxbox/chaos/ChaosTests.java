package io.pyxbox.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

import io.pyxbox.testdatabase.TestDatabase;
import io.pyxbox.testdatabase.TestDatabase.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.util.FileSystemUtils;

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

	private static final int EVENTS_PER_SECOND = Integer.getInteger("pyxbox.chaos.events-per-second", 1_500);

	/** A long run has time to do some work between two faults. */
	private static final long PAUSE_MILLIS = (DURATION.toMinutes() < 5) ? 400 : 4_000;

	@Test
	void theBooksBalanceWhateverFails() throws IOException {
		Path directory = Path.of("target", "chaos", String.valueOf(SEED)).toAbsolutePath();
		System.out.println("Chaos with -Dpyxbox.chaos.seed=" + SEED + ", logs are in " + directory);
		FileSystemUtils.deleteRecursively(directory);
		Files.createDirectories(directory);
		try (Server server = Server.start(Connections.durableServer());
				TestDatabase database = server.createDatabase()) {
			Books books = new Books(database.dataSource(), directory);
			books.create();
			try (Fleet fleet = new Fleet(database, books, directory, INSTANCES, EVENTS_PER_SECOND)) {
				ChaosReport report = run(
						new Chaos(server, JdbcClient.create(database.dataSource()), fleet, new Random(SEED)), fleet,
						books);

				System.out.println(report);
				Files.writeString(directory.resolve("report.md"), report.toString());
				assertThat(report.balance().faults()).isEmpty();
				assertThat(report.balance().events()).isPositive();
			}
		}
	}

	private static ChaosReport run(Chaos chaos, Fleet fleet, Books books) {
		Random random = new Random(SEED);
		fleet.awaitDeliveryByAll();
		long began = System.nanoTime();
		while (since(began).compareTo(DURATION) < 0) {
			chaos.strike();
			Pause.of(Duration.ofMillis(PAUSE_MILLIS / 4 + random.nextLong(PAUSE_MILLIS)));
		}
		Duration duration = since(began);
		books.setOpen(false);
		Duration drained = fleet.awaitDrained();
		return new ChaosReport(SEED, duration, drained, chaos.counts(), fleet.replacements(), chaos.recoveries(),
				fleet.warnings(), books.balance());
	}

	private static Duration since(long nanos) {
		return Duration.ofNanos(System.nanoTime() - nanos);
	}

}
