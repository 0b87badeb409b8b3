package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * Drains with one instance and with several.
 */
final class Instances implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final int[] COUNTS = { 1, 2, 4 };

	@Override
	public String name() {
		return "instances";
	}

	@Override
	public String about() {
		return "drain with 1, 2 and 4 instances";
	}

	@Override
	public List<Section> run(Bench bench) {
		List<Column> columns = new ArrayList<>();
		for (int count : COUNTS) {
			columns.add(Column.withSpread("rate-" + count, "%d: events/s".formatted(count)));
		}
		columns.add(Column.ofLargest("duplicates", "duplicates"));
		Section section = new Section("instances", "Several instances",
				"Drain, handler that does nothing, all instances on this machine.", columns);
		for (ContenderType type : bench.among(Workload.MAIN_CONTENDERS)) {
			Row row = section.row(type.title(), bench.events(type) / 2);
			for (int count : COUNTS) {
				bench.attempt(type, row, () -> measure(bench, type, count, row));
			}
			bench.progress("instances: %s: %s".formatted(type, row));
		}
		return List.of(section);
	}

	private static void measure(Bench bench, ContenderType type, int count, Row row) {
		try (Subject subject = bench.start(type, count, Handling.NOTHING)) {
			subject.warmUp(row.events(), LIMIT);
			for (int repetition = 0; repetition < bench.repetitions(type); repetition++) {
				subject.drain(row.events(), Keys.THOUSAND, LIMIT).addRate(row, "rate-" + count);
			}
		}
	}

}
