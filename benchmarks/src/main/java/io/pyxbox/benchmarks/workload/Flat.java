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
 * Drains under two burdens, and compares with the same contender's rate without them:
 * while somebody else's open snapshot keeps what was deleted from being vacuumed, and
 * where a large backlog waits.
 */
final class Flat implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final Duration CHURN_LIMIT = Duration.ofSeconds(120);

	@Override
	public String name() {
		return "flat";
	}

	@Override
	public String about() {
		return "drain behind an open snapshot, after as many events as --events; the first ones of five times as many";
	}

	@Override
	public List<Section> run(Bench bench) {
		Section pinned = new Section("pinned", "Drain under a pinned horizon",
				"A REPEATABLE READ snapshot stays open while %,d events are emitted and drained, then %,d are timed behind it."
					.formatted(bench.events(), bench.smallBacklog()),
				List.of(Column.withSpread("normal", "normally, events/s"),
						Column.withSpread("pinned", "pinned, events/s"), Column.of("part", "of its own normal rate"),
						Column.of("peer", "x best tuned peer, pinned"), Column.ofLargest("duplicates", "duplicates")));
		Section backlog = new Section("backlog",
				"The first %,d of a backlog of %,d".formatted(bench.smallBacklog(), Backlog.size(bench)),
				"Repetitions go on with what is left. The normal rate is that of a backlog of %,d."
					.formatted(bench.smallBacklog()),
				List.of(Column.withSpread("normal", "normally, events/s"),
						Column.withSpread("rate", "first of a large backlog, events/s"),
						Column.of("part", "of its own normal rate"), Column.withSpread("first", "first after ms"),
						Column.ofLargest("duplicates", "duplicates")));
		for (ContenderType type : bench.among(Workload.MAIN_CONTENDERS)) {
			measure(bench, type, pinned.row(type.title(), 0), backlog.row(type.title(), 0));
		}
		pinned.compare("pinned", "peer", Bench.isTunedPeer());
		return List.of(pinned.chart("Pinned horizon: part of the own normal rate", "part", false),
				backlog.chart("First event of a large backlog: ms after the start", "first", true));
	}

	private static void measure(Bench bench, ContenderType type, Row pinned, Row backlog) {
		bench.attempt(type, pinned, () -> {
			try (Subject subject = bench.start(type, 1, Handling.NOTHING)) {
				// As warm as it will be later, or its normal rate would be too low.
				subject.warmUp(bench.events(type), LIMIT);
				for (int repetition = 0; repetition < bench.repetitions(type); repetition++) {
					Drained drained = subject.drain(bench.smallBacklog(), Keys.THOUSAND, LIMIT);
					drained.addRate(pinned, "normal");
					drained.addRate(backlog, "normal");
				}
				bench.attempt(type, pinned, () -> measurePinned(subject, pinned));
				bench.progress("pinned: %s: %s".formatted(type, pinned));
				bench.attempt(type, backlog, () -> Backlog.measure(subject, backlog));
				bench.progress("backlog: %s: %s".formatted(type, backlog));
			}
		});
	}

	private static void measurePinned(Subject subject, Row row) {
		subject.database().reset(subject.type());
		Snapshot snapshot = subject.database().openSnapshot();
		try {
			measureBehindSnapshot(subject, row);
		}
		finally {
			snapshot.end();
		}
		row.add("part", row.median("pinned").orElseThrow() / row.median("normal").orElseThrow());
	}

	private static void measureBehindSnapshot(Subject subject, Row row) {
		Bench bench = subject.bench();
		Drained churn = subject.drainMore(bench.events(), Keys.THOUSAND, CHURN_LIMIT);
		if (!churn.complete()) {
			throw new IllegalStateException("no more than %d events could be drained".formatted(churn.events()));
		}
		for (int repetition = 0; repetition < bench.repetitions(subject.type()); repetition++) {
			subject.drainMore(bench.smallBacklog(), Keys.THOUSAND, LIMIT).addRate(row, "pinned");
		}
	}

}
