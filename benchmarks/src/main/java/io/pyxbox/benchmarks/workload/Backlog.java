package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.List;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.event.Tally;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * Begins with a large backlog.
 */
final class Backlog implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	/** Whoever needs more than this is not asked again. */
	private static final Duration QUICK = Duration.ofSeconds(15);

	private static final int TIMES = 5;

	private static final int SEEDS = 1_000;

	/** Its own emitting would take two minutes. */
	private static final String COPY = """
			INSERT INTO outbox_record SELECT gen_random_uuid(), status, record_key, record_type,
			  replace(payload, '"number":' || n || ',', '"number":' || (n + %1$d * copy) || ','), context,
			  created_at + copy * interval '1 millisecond' - interval '1 hour', completed_at, failure_count,
			  failure_reason, next_retry_at, partition_no, handler_id
			FROM (SELECT r.*, (payload::jsonb ->> 'number')::integer AS n FROM outbox_record r) seeds,
			  generate_series(1, %2$d) copy
			""";

	@Override
	public String name() {
		return "backlog";
	}

	@Override
	public String about() {
		return "the first 20,000 events of a backlog of five times --events";
	}

	@Override
	public List<Section> run(Bench bench) {
		int backlog = TIMES * bench.events();
		Section section = new Section("backlog",
				"The first %,d of a backlog of %,d".formatted(bench.smallBacklog(), backlog),
				"Repetitions go on with what is left.",
				List.of(Column.withSpread("normal", "all of a small backlog, events/s"),
						Column.withSpread("rate", "first of a large one, events/s"),
						Column.of("part", "of its own normal rate"), Column.withSpread("first", "first after ms"),
						Column.ofLargest("duplicates", "duplicates")));
		for (ContenderType type : bench.among(Pinned.CANDIDATES)) {
			Row row = section.row(type.title(), 0);
			bench.attempt(type, row, () -> measure(bench, type, backlog, row));
		}
		return List.of(section.chart("First event of a large backlog: ms after the start", "first", true));
	}

	private static void measure(Bench bench, ContenderType type, int backlog, Row row) {
		int part = Math.min(bench.smallBacklog(), backlog / (bench.repetitions() + 1));
		try (Subject subject = bench.start(type, 1, Handling.NOTHING)) {
			// As warm as it will be later, or its normal rate would be too low.
			subject.warmUp(bench.events(type), LIMIT);
			for (int repetition = 0; repetition < bench.repetitions(); repetition++) {
				subject.drain(bench.smallBacklog(), Keys.THOUSAND, LIMIT).addRate(row, "normal");
			}
			subject.database().reset(type);
			fill(subject, backlog);
			boolean quick = true;
			for (int repetition = 0; quick && repetition < bench.repetitions(); repetition++) {
				try (Tally tally = subject.record(backlog, false)) {
					Drained drained = new Draining(subject, tally, false).drain(part, LIMIT);
					drained.addRate(row, "rate").add("first", drained.firstMillis());
					quick = drained.isQuick(QUICK);
				}
			}
			row.add("part", row.median("rate").orElseThrow() / row.median("normal").orElseThrow());
			bench.progress("backlog: %s: %s".formatted(type, row));
		}
	}

	private static void fill(Subject subject, int backlog) {
		if (subject.type().tables().equals(ContenderType.NAMASTACK_TUNED.tables())) {
			subject.first().fill(0, SEEDS, Keys.THOUSAND);
			subject.database().execute(COPY.formatted(SEEDS, backlog / SEEDS - 1));
		}
		else {
			subject.first().fill(0, backlog, Keys.THOUSAND);
		}
	}

}
