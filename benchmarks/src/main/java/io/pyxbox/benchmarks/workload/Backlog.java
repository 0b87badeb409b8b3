package io.pyxbox.benchmarks.workload;

import java.time.Duration;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.event.Tally;
import io.pyxbox.benchmarks.report.Row;

/**
 * Begins with a large backlog.
 */
final class Backlog {

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

	private Backlog() {
	}

	static int size(Bench bench) {
		return TIMES * bench.events();
	}

	/**
	 * Adds to a row that has the normal rate already.
	 */
	static void measure(Subject subject, Row row) {
		Bench bench = subject.bench();
		int repetitions = bench.repetitions(subject.type());
		int backlog = size(bench);
		int part = Math.min(bench.smallBacklog(), backlog / (repetitions + 1));
		subject.database().reset(subject.type());
		fill(subject, backlog);
		boolean quick = true;
		for (int repetition = 0; quick && repetition < repetitions; repetition++) {
			try (Tally tally = subject.record(backlog, false)) {
				Drained drained = new Draining(subject, tally, false).drain(part, LIMIT);
				drained.addRate(row, "rate").add("first", drained.firstMillis());
				quick = drained.isQuick(QUICK);
			}
		}
		row.add("part", row.median("rate").orElseThrow() / row.median("normal").orElseThrow());
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
