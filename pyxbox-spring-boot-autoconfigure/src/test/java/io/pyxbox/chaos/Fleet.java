package io.pyxbox.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import io.pyxbox.testdatabase.TestDatabase;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * The instances of the application, each in a JVM of its own.
 */
final class Fleet implements AutoCloseable {

	/** Enough to keep everybody busy through an outage. */
	private static final long MAX_BACKLOG = 20_000;

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private final List<Instance> instances = new ArrayList<>();

	private final Books books;

	/**
	 * Starts instances.
	 * @param database what they share
	 * @param books what they write
	 * @param logs a directory for their logs
	 * @param count how many
	 * @param eventsPerSecond how many events all of them emit
	 * @param properties of each of them
	 */
	Fleet(TestDatabase database, Books books, Path logs, int count, int eventsPerSecond, String... properties) {
		this.books = books;
		for (int slot = 1; slot <= count; slot++) {
			FaultyProxy network = FaultyProxy.to(database);
			List<String> all = new ArrayList<>();
			all.addAll(Arrays.asList(Connections.properties(network.through(database.jdbcUrl()))));
			all.addAll(
					Arrays.asList(ChaosApplication.properties(slot, books.outsideFile(slot), eventsPerSecond / count)));
			all.add("logging.pattern.console=%d{HH:mm:ss.SSS} %5p %c - %m%n");
			all.addAll(Arrays.asList(properties));
			this.instances.add(new Instance(network, database, all.toArray(String[]::new),
					logs.resolve("instance-" + slot + ".log")));
		}
	}

	List<Instance> instances() {
		return this.instances;
	}

	/** Returns how long it took until each instance had delivered something. */
	Duration awaitDeliveryByAll() {
		long before = System.nanoTime();
		long position = this.books.lastPosition();
		await(() -> {
			tend();
			return this.books.slotsSince(position).size() == this.instances.size();
		});
		return Duration.ofNanos(System.nanoTime() - before);
	}

	/**
	 * Returns how long it took until nothing waited any more. Takes any time, as long as
	 * there is progress.
	 */
	Duration awaitDrained() {
		long began = System.nanoTime();
		for (long backlog = Long.MAX_VALUE; backlog > 0; backlog = this.books.isDrained() ? 0 : this.books.backlog()) {
			long before = backlog;
			await(() -> {
				replaceEnded();
				return this.books.isDrained() || this.books.backlog() < before;
			});
		}
		return Duration.ofNanos(System.nanoTime() - began);
	}

	private void await(Callable<Boolean> condition) {
		try {
			Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).ignoreExceptions().until(condition);
		}
		catch (ConditionTimeoutException ex) {
			throw new AssertionError("No progress for " + PATIENCE + ":\n" + this.books.describe(), ex);
		}
	}

	/** Keeps all instances running, and busy, but not more than that. */
	void tend() {
		replaceEnded();
		this.books.setOpen(this.books.backlog() < MAX_BACKLOG);
	}

	private void replaceEnded() {
		this.instances.forEach(Instance::replaceIfEnded);
	}

	/** Processes that ended by themselves. */
	int replacements() {
		return this.instances.stream().mapToInt(Instance::replacements).sum();
	}

	/** Warnings of the library in all logs, but those of dead letters. */
	long warnings() {
		return this.instances.stream().mapToLong(Fleet::warnings).sum();
	}

	private static long warnings(Instance instance) {
		try (Stream<String> lines = Files.lines(instance.log())) {
			return lines.filter((line) -> line.contains("  WARN io.pyxbox.") || line.contains("ERROR io.pyxbox."))
				.filter((line) -> !line.contains(" gave up on "))
				.count();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	public void close() {
		this.instances.forEach(Instance::close);
	}

}
