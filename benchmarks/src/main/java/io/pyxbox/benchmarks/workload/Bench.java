package io.pyxbox.benchmarks.workload;

import java.nio.file.Path;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.contender.Target;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;
import io.pyxbox.benchmarks.server.BenchmarkDatabase;
import io.pyxbox.benchmarks.server.BenchmarkServer;

/**
 * What workloads have in common: the server, what was asked for, and somebody to tell how
 * it goes. A contender that fails is reported and does not keep the others from working.
 */
public final class Bench {

	/** A backlog that those can drain who commit each event. */
	static final int SMALL = 20_000;

	private static final int STARTS_AT_A_TIME = 2;

	private static final DateTimeFormatter CLOCK = DateTimeFormatter.ofPattern("HH:mm:ss");

	private final BenchmarkServer server;

	private final int events;

	private final int repetitions;

	private final Predicate<ContenderType> wanted;

	private final Path logs;

	private final List<String> errors = new CopyOnWriteArrayList<>();

	/**
	 * Creates a bench.
	 * @param server the server that everybody works on
	 * @param events the size of a large backlog
	 * @param repetitions how often everything is measured
	 * @param wanted who takes part
	 * @param logs where what contenders print goes
	 */
	public Bench(BenchmarkServer server, int events, int repetitions, Predicate<ContenderType> wanted, Path logs) {
		this.server = server;
		this.events = events;
		this.repetitions = repetitions;
		this.wanted = wanted;
		this.logs = logs;
	}

	/**
	 * Tells how it goes.
	 * @param message what is going on
	 */
	public void progress(String message) {
		System.out.println(LocalTime.now().format(CLOCK) + " " + message);
	}

	/**
	 * Returns what went wrong.
	 * @return messages
	 */
	public List<String> errors() {
		return this.errors;
	}

	void error(String message) {
		progress("ERROR: " + message);
		this.errors.add(message);
	}

	BenchmarkServer server() {
		return this.server;
	}

	/**
	 * Returns how often a contender is measured.
	 */
	int repetitions(ContenderType type) {
		return isMeasuredOnce(type) ? 1 : this.repetitions;
	}

	/**
	 * Returns whether a contender is shown to give an idea, but is in nobody's way: peers
	 * that are not tuned, and the original.
	 */
	static boolean isMeasuredOnce(ContenderType type) {
		return !type.isFast() && !type.isTunedPeer();
	}

	/**
	 * Returns the largest number of repetitions.
	 */
	int repetitions() {
		return this.repetitions;
	}

	/**
	 * Returns how large a contender's large backlog is.
	 */
	int events(ContenderType type) {
		return type.isFast() ? this.events : smallBacklog();
	}

	int events() {
		return this.events;
	}

	int smallBacklog() {
		return Math.min(this.events, SMALL);
	}

	/**
	 * Returns those that take part.
	 */
	List<ContenderType> among(Collection<ContenderType> candidates) {
		return candidates.stream().filter(this.wanted).toList();
	}

	/**
	 * Starts a contender on a database of its own.
	 */
	Subject start(ContenderType type, int instances, Handling handling) {
		BenchmarkDatabase database = this.server.createDatabase();
		return Subject.start(this, database, database.target(), type, instances, handling, log(type));
	}

	/**
	 * Starts an instance of a contender on a database that it reaches in a way of its
	 * own.
	 */
	Subject start(BenchmarkDatabase database, Target target, ContenderType type, Handling handling) {
		return Subject.start(this, database, target, type, 1, handling, log(type));
	}

	private Path log(ContenderType type) {
		return this.logs.resolve(type.title() + ".log");
	}

	/**
	 * Starts contenders that will work in turns. Those that do not start are left out.
	 */
	Map<ContenderType, Subject> startAll(BenchmarkServer host, Collection<ContenderType> types, Handling handling) {
		Map<ContenderType, Subject> started = new ConcurrentHashMap<>();
		ExecutorService threads = Executors.newFixedThreadPool(STARTS_AT_A_TIME);
		CompletableFuture.allOf(types.stream().map((type) -> CompletableFuture.runAsync(() -> attempt(type, () -> {
			BenchmarkDatabase database = host.createDatabase();
			started.put(type, start(database, database.target(), type, handling));
		}), threads)).toArray(CompletableFuture<?>[]::new)).join();
		threads.shutdown();
		// In the order of their turns.
		Map<ContenderType, Subject> subjects = new LinkedHashMap<>();
		types.forEach(
				(type) -> Optional.ofNullable(started.get(type)).ifPresent((subject) -> subjects.put(type, subject)));
		return subjects;
	}

	/**
	 * Does something with a contender.
	 * @return whether it worked
	 */
	boolean attempt(ContenderType type, Runnable work) {
		try {
			work.run();
			return true;
		}
		catch (RuntimeException ex) {
			error(type + ": " + ex);
			return false;
		}
	}

	/**
	 * Does something with a contender, and says so in its row if it did not work.
	 * @return whether it worked
	 */
	boolean attempt(ContenderType type, Row row, Runnable work) {
		boolean worked = attempt(type, work);
		if (!worked) {
			row.note("failed, see the errors");
		}
		return worked;
	}

	/**
	 * Lets contenders do a kind of work. If that fails as a whole, the next one gets its
	 * turn.
	 * @param workload the work
	 * @return what was measured
	 */
	public List<Section> run(Workload workload) {
		progress(workload.name() + ": " + workload.about());
		try {
			return workload.run(this);
		}
		catch (RuntimeException ex) {
			error(workload.name() + ": " + ex);
			return List.of();
		}
	}

	/**
	 * Reports events that are neither waiting nor handled.
	 */
	void lost(ContenderType type, long count, String details) {
		error("%s has lost %d events: %s".formatted(type, count, details));
	}

	static Predicate<Row> isHand() {
		return (row) -> row.contender().equals(ContenderType.HAND.title());
	}

	static Predicate<Row> isTunedPeer() {
		return (row) -> row.contender().endsWith("-tuned");
	}

}
