package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.List;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;
import io.pyxbox.benchmarks.server.Snapshot;

/**
 * Drains while somebody else's open snapshot keeps what was deleted from being vacuumed.
 */
final class Pinned implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final Duration CHURN_LIMIT = Duration.ofSeconds(120);

	static final List<ContenderType> CANDIDATES = List.of(ContenderType.HAND, ContenderType.PYXBOX,
			ContenderType.NAMASTACK_TUNED, ContenderType.DB_SCHEDULER_TUNED);

	@Override
	public String name() {
		return "pinned";
	}

	@Override
	public String about() {
		return "drain behind an open snapshot, after as many events as --events have come and gone";
	}

	@Override
	public List<Section> run(Bench bench) {
		Section section = new Section("pinned", "Drain under a pinned horizon",
				"A REPEATABLE READ snapshot stays open while %,d events are emitted and drained, then %,d are timed behind it."
					.formatted(bench.events(), bench.smallBacklog()),
				List.of(Column.withSpread("normal", "normally, events/s"),
						Column.withSpread("pinned", "pinned, events/s"), Column.of("part", "of its own normal rate"),
						Column.of("peer", "x best tuned peer, pinned"), Column.ofLargest("duplicates", "duplicates")));
		for (ContenderType type : bench.among(CANDIDATES)) {
			Row row = section.row(type.title(), 0);
			bench.attempt(type, row, () -> measure(bench, type, row));
		}
		section.compare("pinned", "peer", Bench.isTunedPeer());
		return List.of(section.chart("Pinned horizon: part of the own normal rate", "part", false));
	}

	private static void measure(Bench bench, ContenderType type, Row row) {
		try (Subject subject = bench.start(type, 1, Handling.NOTHING)) {
			// As warm as it will be later, or its normal rate would be too low.
			subject.warmUp(bench.events(type), LIMIT);
			for (int repetition = 0; repetition < bench.repetitions(); repetition++) {
				subject.drain(bench.smallBacklog(), Keys.THOUSAND, LIMIT).addRate(row, "normal");
			}
			subject.database().reset(type);
			Snapshot snapshot = subject.database().openSnapshot();
			try {
				measureBehindSnapshot(bench, subject, row);
			}
			finally {
				snapshot.end();
			}
			row.add("part", row.median("pinned").orElseThrow() / row.median("normal").orElseThrow());
			bench.progress("pinned: %s: %s".formatted(type, row));
		}
	}

	private static void measureBehindSnapshot(Bench bench, Subject subject, Row row) {
		Drained churn = subject.drainMore(bench.events(), Keys.THOUSAND, CHURN_LIMIT);
		if (!churn.complete()) {
			throw new IllegalStateException("no more than %d events could be drained".formatted(churn.events()));
		}
		for (int repetition = 0; repetition < bench.repetitions(); repetition++) {
			subject.drainMore(bench.smallBacklog(), Keys.THOUSAND, LIMIT).addRate(row, "pinned");
		}
	}

}
