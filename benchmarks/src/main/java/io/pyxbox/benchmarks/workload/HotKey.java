package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.List;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * Drains a backlog of which every other event has the same key, with two instances.
 */
final class HotKey implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	@Override
	public String name() {
		return "hot-key";
	}

	@Override
	public String about() {
		return "drain with two instances while one key has half of the events";
	}

	@Override
	public List<Section> run(Bench bench) {
		Section section = new Section("hot-key", "One key with half of the events",
				"Two instances drain, handler that does nothing. Without the hot key there are 1,000 keys.",
				List.of(Column.withSpread("normal", "without, events/s"), Column.withSpread("hot", "with, events/s"),
						Column.of("part", "of its own rate without"), Column.of("hand", "x hand, with"),
						Column.ofLargest("duplicates", "duplicates")));
		for (ContenderType type : bench.among(Workload.MAIN_CONTENDERS)) {
			Row row = section.row(type.title(), bench.events(type) / 2);
			bench.attempt(type, row, () -> measure(bench, type, row));
		}
		section.compare("hot", "hand", Bench.isHand());
		return List.of(section);
	}

	private static void measure(Bench bench, ContenderType type, Row row) {
		try (Subject subject = bench.start(type, 2, Handling.NOTHING)) {
			subject.warmUp(row.events(), LIMIT);
			for (int repetition = 0; repetition < bench.repetitions(type); repetition++) {
				subject.drain(row.events(), Keys.THOUSAND, LIMIT).addRate(row, "normal");
				subject.drain(row.events(), Keys.HOT, LIMIT).addRate(row, "hot");
			}
			row.add("part", row.median("hot").orElseThrow() / row.median("normal").orElseThrow());
			bench.progress("hot-key: %s: %s".formatted(type, row));
		}
	}

}
