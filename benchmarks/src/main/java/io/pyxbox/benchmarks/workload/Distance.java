package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.List;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;
import io.pyxbox.benchmarks.server.BenchmarkDatabase;
import io.pyxbox.benchmarks.server.SlowNetwork;

/**
 * Emits and drains with a server that is not on the same machine.
 */
final class Distance implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final Duration ONE_WAY = Duration.ofNanos(500_000);

	private static final int MANY = 100;

	/** Some need a minute to store four times as many over this distance. */
	private static final int SMALL = 5_000;

	@Override
	public String name() {
		return "distance";
	}

	@Override
	public String about() {
		return "emit and drain through a network that adds 0.5 ms each way";
	}

	@Override
	public List<Section> run(Bench bench) {
		Section section = new Section("distance", "A server that is 0.5 ms away",
				"Through a proxy that delays each direction, whatever the number of bytes; ratios as for the workloads without it.",
				List.of(Column.withSpread("one-rate", "emit 1: events/s"), Column.of("one-raw", "x raw insert"),
						Column.withSpread("many-rate", "emit 100: events/s"), Column.of("many-raw", "x raw inserts"),
						Column.withSpread("drain", "drain: events/s"), Column.of("hand", "x hand"),
						Column.of("peer", "x best tuned peer"), Column.ofLargest("duplicates", "duplicates")));
		for (ContenderType type : bench.among(Workload.MAIN_CONTENDERS)) {
			Row row = section.row(type.title(), Math.min(SMALL, bench.events()));
			bench.attempt(type, row, () -> measure(bench, type, section, row));
		}
		section.compare("drain", "hand", Bench.isHand());
		section.compare("drain", "peer", Bench.isTunedPeer());
		return List.of(section.chart("Drain over 0.5 ms each way: events per second", "drain", true));
	}

	private static void measure(Bench bench, ContenderType type, Section section, Row row) {
		BenchmarkDatabase database = bench.server().createDatabase();
		try (SlowNetwork network = new SlowNetwork(database.port(), ONE_WAY);
				Subject subject = bench.start(database, database.target(network.port()), type, Handling.NOTHING)) {
			measure(new Emission(subject, 1, row, "one-"), bench);
			measure(new Emission(subject, MANY, row, "many-"), bench);
			boolean large = type.isFast() && bench.events() / 2 > row.events();
			// Everybody is as warm at the small backlog as at the large one.
			subject.warmUp(large ? bench.events() / 2 : row.events(), LIMIT);
			drain(subject, row);
			if (large) {
				drain(subject, section.row(type.title(), bench.events() / 2));
			}
			bench.progress("distance: %s: %s".formatted(type, row));
		}
	}

	private static void drain(Subject subject, Row row) {
		for (int repetition = 0; repetition < subject.bench().repetitions(); repetition++) {
			subject.drain(row.events(), Keys.THOUSAND, LIMIT).addRate(row, "drain");
		}
	}

	private static void measure(Emission emission, Bench bench) {
		emission.warmUp();
		for (int repetition = 0; repetition < bench.repetitions(); repetition++) {
			emission.measure();
		}
	}

}
