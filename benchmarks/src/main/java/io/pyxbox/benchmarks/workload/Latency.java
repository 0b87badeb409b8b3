package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Tally;
import io.pyxbox.benchmarks.process.Instance;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * Takes the time from the return of the commit to the begin of the handler, for events
 * that come at fixed times.
 */
final class Latency implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(10);

	private static final int SLOW = 50;

	private static final int FAST = 1_000;

	private static final int SLOW_SECONDS = 6;

	private static final int FAST_SECONDS = 2;

	private static final int WARM_UP_SECONDS = 8;

	/** Namastack's partitions belong to all instances, also those that do not consume. */
	private static final List<ContenderType> ACROSS = List.of(ContenderType.HAND, ContenderType.PYXBOX,
			ContenderType.DB_SCHEDULER_TUNED, ContenderType.SEED);

	private static final List<ContenderType> SAME = List.of(ContenderType.HAND, ContenderType.PYXBOX,
			ContenderType.NAMASTACK_TUNED, ContenderType.DB_SCHEDULER_TUNED, ContenderType.GRUELBOX_TUNED,
			ContenderType.MODULITH_TUNED, ContenderType.SEED);

	@Override
	public String name() {
		return "latency";
	}

	@Override
	public String about() {
		return "from commit to handler at 50 and 1,000 events/s, in the same JVM and in another one";
	}

	@Override
	public List<Section> run(Bench bench) {
		Section same = section("latency-same-jvm", "Latency, same JVM");
		Section across = section("latency-other-jvm", "Latency, emitted by one JVM and handled by another one");
		bench.among(SAME).forEach((type) -> measure(bench, type, 1, same));
		bench.among(ACROSS).forEach((type) -> measure(bench, type, 2, across));
		same.compare("p50-50", "p50-gruelbox", isGruelbox());
		same.compare("p99-50", "p99-gruelbox", isGruelbox());
		return List.of(
				same.chart("Latency at 50/s, same JVM: median in ms", "p50-50", true)
					.chart("Latency at 50/s, same JVM: 99 % in ms", "p99-50", true),
				across.chart("Latency at 50/s, another JVM: median in ms", "p50-50", true));
	}

	private static Predicate<Row> isGruelbox() {
		return (row) -> row.contender().equals(ContenderType.GRUELBOX_TUNED.title());
	}

	private static Section section(String name, String title) {
		List<Column> columns = new ArrayList<>();
		for (int rate : new int[] { SLOW, FAST }) {
			columns.add(Column.of("p50-" + rate, "p50 at %,d/s, ms".formatted(rate)));
			columns.add(Column.of("p99-" + rate, "p99"));
			columns.add(Column.of("max-" + rate, "max"));
		}
		columns.add(Column.ofLargest("late", "emitter late by, ms"));
		columns.add(Column.ofLargest("duplicates", "duplicates"));
		return new Section(name, title,
				"One event a transaction, one emitting thread that keeps to a timetable, handler that does nothing; "
						+ "from the return of the commit to the begin of the handler, by the clock of the machine; all repetitions together.",
				columns);
	}

	private static void measure(Bench bench, ContenderType type, int instances, Section section) {
		Row row = section.row(type.title(), 0);
		bench.attempt(type, row, () -> measure(bench, type, instances, row));
	}

	private static void measure(Bench bench, ContenderType type, int instances, Row row) {
		try (Subject subject = bench.start(type, instances, Handling.NOTHING)) {
			Instance consumer = subject.instances().get(instances - 1);
			try (Tally warmUp = subject.record(WARM_UP_SECONDS * FAST, true)) {
				consumer.startConsuming();
				emit(subject, row, warmUp, type == ContenderType.SEED ? SLOW : FAST, WARM_UP_SECONDS);
			}
			measure(bench, subject, row, SLOW, SLOW_SECONDS);
			if (type != ContenderType.SEED) {
				measure(bench, subject, row, FAST, FAST_SECONDS);
			}
			consumer.stopConsuming();
			bench.progress("%s, %d JVM: %s".formatted(type, instances, row));
		}
	}

	/** All repetitions together: a percentile of few events says little. */
	private static void measure(Bench bench, Subject subject, Row row, int rate, int seconds) {
		List<Double> millis = new ArrayList<>();
		for (int repetition = 0; repetition < bench.repetitions(subject.type()); repetition++) {
			try (Tally tally = subject.record(rate * seconds, true)) {
				row.add("late", emit(subject, row, tally, rate, seconds));
				row.add("duplicates", tally.duplicates());
				subject.verify(tally, rate * seconds, row);
				IntStream.range(0, rate * seconds)
					.filter((number) -> tally.startedAt(number) > 0)
					.mapToObj((number) -> Math.max(0, tally.startedAt(number) - tally.committedAt(number)) / 1e6)
					.forEach(millis::add);
			}
		}
		Collections.sort(millis);
		if (!millis.isEmpty()) {
			row.add("p50-" + rate, millis.get(millis.size() / 2))
				.add("p99-" + rate, millis.get(millis.size() * 99 / 100))
				.add("max-" + rate, millis.get(millis.size() - 1));
		}
	}

	private static double emit(Subject subject, Row row, Tally tally, int rate, int seconds) {
		double late = subject.first().emitPaced(rate * seconds, rate);
		if (!Pause.until(() -> tally.distinct() >= (long) rate * seconds, LIMIT)) {
			row.note(
					"%d events not handled after %d s".formatted(rate * seconds - tally.distinct(), LIMIT.toSeconds()));
		}
		return late;
	}

}
