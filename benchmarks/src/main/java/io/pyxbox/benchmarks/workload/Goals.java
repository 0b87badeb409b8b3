package io.pyxbox.benchmarks.workload;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Stream;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.report.Goal;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * What pyxbox wants to reach beside the others.
 */
public final class Goals {

	private static final List<Aim> AIMS = List.of(
			atLeast(0.8, "x hand", "drain", "hand", "drain, listener that does nothing"),
			atLeast(20, "x best tuned peer", "drain", "peer", "drain, listener that does nothing"),
			atLeast(0.5, "x hand", "drain-insert", "hand", "drain, listener that inserts a row, each event isolated"),
			atLeast(3.5, "x best tuned peer", "drain-insert", "peer",
					"drain, listener that inserts a row, each event isolated"),
			atLeast(0.8, "x hand", "drain-insert", "hand", "the same, isolation = CHUNK")
				.by(ContenderType.PYXBOX_CHUNK),
			atLeast(6, "x best tuned peer", "drain-insert", "peer", "the same, isolation = CHUNK")
				.by(ContenderType.PYXBOX_CHUNK),
			atLeast(0.8, "x hand", "drain-insert", "hand", "the same, List listener").by(ContenderType.PYXBOX_LIST),
			atLeast(6, "x best tuned peer", "drain-insert", "peer", "the same, List listener")
				.by(ContenderType.PYXBOX_LIST),
			atLeast(0.95, "x the same with a raw insert", "emit-1", "raw", "emit 1 event a transaction"),
			atLeast(3.5, "x 100 raw inserts", "emit-100", "raw", "emit 100 events a transaction"),
			atLeast(0.8, "x hand", "emit-100", "hand", "emit 100 events a transaction"),
			atMost(1, "x gruelbox", "latency-same-jvm", "p50-gruelbox", "commit to listener at 50/s, same JVM: p50"),
			atMost(1, "x gruelbox", "latency-same-jvm", "p99-gruelbox", "commit to listener at 50/s, same JVM: p99"),
			atMost(3, "ms", "latency-other-jvm", "p50-50", "commit to listener at 50/s, another JVM: p50"),
			atMost(10, "ms", "latency-other-jvm", "p99-50", "commit to listener at 50/s, another JVM: p99"),
			atLeast(0.9, "of its own normal rate", "pinned", "part", "drain under a pinned horizon"),
			atLeast(0.9, "of its own normal rate", "backlog", "part", "the first events of a large backlog"),
			atMost(0, "violations", "order", "most-violations", "order per key, two instances"),
			atMost(1, "x hand's time", "order", "hand", "order per key, two instances"),
			atMost(1.1, "x hand", "emit-1", "wal-hand", "WAL without page images, emit 1 event a transaction"),
			atMost(1.1, "x hand", "drain", "wal-hand", "WAL per event, drain"),
			atMost(120, "transactions a minute", "idle", "transactions", "idle"),
			atMost(1, "% of a processor", "idle", "cpu", "idle: CPU of JVM and PostgreSQL, not measurable"));

	private Goals() {
	}

	/**
	 * Compares what was measured with what is wanted, at each size that was measured.
	 * @param sections what was measured
	 * @return all goals, also those that nothing was measured for
	 */
	public static List<Goal> of(List<Section> sections) {
		return AIMS.stream().flatMap((aim) -> goals(aim, sections)).toList();
	}

	private static Stream<Goal> goals(Aim aim, List<Section> sections) {
		List<Row> rows = sections.stream()
			.filter((section) -> section.name().equals(aim.section()))
			.flatMap((section) -> section.rows().stream())
			.filter((row) -> row.contender().equals(aim.contender().title()))
			.filter((row) -> row.median(aim.key()).isPresent())
			.toList();
		return rows.isEmpty() ? Stream.of(aim.goal(aim.work(), OptionalDouble.empty()))
				: rows.stream().map((row) -> aim.goal(work(aim, row), row.median(aim.key())));
	}

	private static String work(Aim aim, Row row) {
		return (row.events() > 0)
				? "%s; %s events".formatted(aim.work(), String.format(Locale.ROOT, "%,d", row.events())) : aim.work();
	}

	private static Aim atLeast(double bound, String unit, String section, String key, String work) {
		return new Aim(ContenderType.PYXBOX, section, key, work, true, bound, unit);
	}

	private static Aim atMost(double bound, String unit, String section, String key, String work) {
		return new Aim(ContenderType.PYXBOX, section, key, work, false, bound, unit);
	}

	/**
	 * What is wanted of the median of one value in one table.
	 */
	private record Aim(ContenderType contender, String section, String key, String work, boolean atLeast, double bound,
			String unit) {

		Aim by(ContenderType other) {
			return new Aim(other, this.section, this.key, this.work, this.atLeast, this.bound, this.unit);
		}

		Goal goal(String name, OptionalDouble measured) {
			return new Goal(name, this.atLeast, this.bound, this.unit,
					measured.isPresent() ? measured.getAsDouble() : null);
		}

	}

}
