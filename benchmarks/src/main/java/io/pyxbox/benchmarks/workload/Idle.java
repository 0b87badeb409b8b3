package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Section;
import io.pyxbox.benchmarks.server.BenchmarkServer;
import io.pyxbox.benchmarks.server.Load;

/**
 * Does nothing: all contenders at the same time, each on a database of its own, on a
 * server that counts their statements.
 */
final class Idle implements Workload {

	/** Statistics of a session arrive up to ten seconds late. */
	private static final Duration SETTLING = Duration.ofSeconds(15);

	private static final Duration MINUTE = Duration.ofMinutes(1);

	private static final List<ContenderType> CANDIDATES = List.of(ContenderType.HAND, ContenderType.PYXBOX,
			ContenderType.PYXBOX_HUNDRED, ContenderType.NAMASTACK_TUNED, ContenderType.DB_SCHEDULER_TUNED,
			ContenderType.GRUELBOX_TUNED, ContenderType.MODULITH_TUNED, ContenderType.NAMASTACK_DEFAULT,
			ContenderType.DB_SCHEDULER_DEFAULT, ContenderType.SEED);

	@Override
	public String name() {
		return "idle";
	}

	@Override
	public String about() {
		return "what one instance costs that has nothing to do";
	}

	@Override
	public List<Section> run(Bench bench) {
		Section section = new Section("idle", "One idle instance",
				"A minute, after 15 s of settling; statements include those that begin and end transactions. "
						+ "CPU is in parts of one processor.",
				List.of(Column.of("transactions", "transactions/min"), Column.of("statements", "statements/min"),
						Column.of("jvm", "JVM CPU %"), Column.of("server", "PostgreSQL CPU %")));
		try (BenchmarkServer server = BenchmarkServer.startCountingStatements()) {
			Map<ContenderType, Subject> subjects = bench.startAll(server, bench.among(CANDIDATES), Handling.NOTHING);
			try {
				measure(bench, server, subjects, section);
			}
			finally {
				subjects.values().forEach(Subject::close);
			}
		}
		return List.of(section.chart("Idle: transactions per minute", "transactions", true));
	}

	private static void measure(Bench bench, BenchmarkServer server, Map<ContenderType, Subject> subjects,
			Section section) {
		// Whoever does not even start is left out.
		subjects.entrySet().removeIf((entry) -> {
			boolean started = bench.attempt(entry.getKey(), entry.getValue().first()::startConsuming);
			if (!started) {
				entry.getValue().close();
			}
			return !started;
		});
		bench.progress("idle: %d contenders do nothing for a minute".formatted(subjects.size()));
		Pause.of(SETTLING);
		Map<Subject, Observation> before = new LinkedHashMap<>();
		subjects.values().forEach((subject) -> before.put(subject, Observation.of(server, subject)));
		Pause.of(MINUTE);
		before.forEach((subject, earlier) -> {
			Observation now = Observation.of(server, subject);
			Load load = now.load().since(earlier.load());
			double jvm = 100.0 * now.jvm().minus(earlier.jvm()).toMillis() / MINUTE.toMillis();
			double postgres = 100.0 * load.cpuMillis() / MINUTE.toMillis();
			section.row(subject.type().title(), 0)
				.add("transactions", load.transactions())
				.add("statements", load.statements())
				.add("jvm", jvm)
				.add("server", postgres)
				.add("cpu", jvm + postgres);
		});
	}

	/**
	 * What there was so far.
	 *
	 * @param load in the database
	 * @param jvm of the JVM
	 */
	private record Observation(Load load, Duration jvm) {

		static Observation of(BenchmarkServer server, Subject subject) {
			return new Observation(Load.of(server, subject.database()), subject.first().cpu());
		}

	}

}
