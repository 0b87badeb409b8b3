package io.pyxbox.benchmarks.workload;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.report.Advantage;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * Finds what others do better than pyxbox with its default settings, so that nobody has
 * to remember to say so.
 */
public final class Advantages {

	/** What is within the noise is no advantage. */
	private static final double LEAST_FACTOR = 1.02;

	private static final List<Measure> MEASURES = List.of(more("emit-1", "raw", "x raw inserts"),
			more("emit-100", "raw", "x raw inserts"), less("emit-1", "records", "WAL bytes/event without page images"),
			more("drain", "rate", "events/s"), less("drain", "wal", "WAL bytes/event"),
			less("drain", "first", "first event after ms"), more("drain-insert", "rate", "events/s"),
			less("latency-same-jvm", "p50-50", "p50 at 50/s, ms"),
			less("latency-same-jvm", "p99-50", "p99 at 50/s, ms"),
			less("latency-same-jvm", "p50-1000", "p50 at 1,000/s, ms"),
			less("latency-same-jvm", "p99-1000", "p99 at 1,000/s, ms"),
			less("latency-other-jvm", "p50-50", "p50 at 50/s, ms"),
			less("latency-other-jvm", "p99-50", "p99 at 50/s, ms"),
			less("latency-other-jvm", "p50-1000", "p50 at 1,000/s, ms"),
			less("latency-other-jvm", "p99-1000", "p99 at 1,000/s, ms"), more("pinned", "pinned", "pinned, events/s"),
			more("backlog", "rate", "events/s"), less("backlog", "first", "first event after ms"),
			more("hot-key", "hot", "with the hot key, events/s"), less("order", "seconds", "seconds"),
			more("instances", "rate-1", "1 instance, events/s"), more("instances", "rate-2", "2 instances, events/s"),
			more("instances", "rate-4", "4 instances, events/s"), more("distance", "one-raw", "emit 1, x raw insert"),
			more("distance", "many-raw", "emit 100, x raw inserts"), more("distance", "drain", "drain, events/s"),
			less("idle", "transactions", "transactions/min"), less("idle", "cpu", "CPU %"));

	private Advantages() {
	}

	/**
	 * Compares medians at the same size.
	 * @param sections what was measured
	 * @return what others do better, the most clearly first within each kind of work
	 */
	public static List<Advantage> of(List<Section> sections) {
		return MEASURES.stream()
			.flatMap((measure) -> sections.stream()
				.filter((section) -> section.name().equals(measure.section()))
				.flatMap((section) -> find(section, measure)))
			.toList();
	}

	private static Stream<Advantage> find(Section section, Measure measure) {
		return section.rows()
			.stream()
			.filter((row) -> row.contender().equals(ContenderType.PYXBOX.title()))
			.flatMap((ours) -> section.rows().stream().flatMap((theirs) -> compare(section, measure, ours, theirs)))
			.sorted(Comparator.comparing(Advantage::factor).reversed());
	}

	private static Stream<Advantage> compare(Section section, Measure measure, Row ours, Row theirs) {
		double our = ours.median(measure.key()).orElse(0);
		double their = theirs.median(measure.key()).orElse(0);
		boolean comparable = our > 0 && their > 0 && ours.events() == theirs.events()
				&& !theirs.contender().startsWith(ContenderType.PYXBOX.title());
		double factor = measure.moreIsBetter() ? their / our : our / their;
		if (!comparable || factor < LEAST_FACTOR) {
			return Stream.empty();
		}
		String size = (ours.events() > 0) ? String.format(Locale.ROOT, ", %,d events", ours.events()) : "";
		return Stream.of(new Advantage("%s%s: %s".formatted(section.title(), size, measure.name()), theirs.contender(),
				factor, their, our));
	}

	private static Measure more(String section, String key, String name) {
		return new Measure(section, key, name, true);
	}

	private static Measure less(String section, String key, String name) {
		return new Measure(section, key, name, false);
	}

	/**
	 * What is compared.
	 */
	private record Measure(String section, String key, String name, boolean moreIsBetter) {
	}

}
