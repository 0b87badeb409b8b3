package io.pyxbox.benchmarks.workload;

import java.util.List;
import java.util.Map;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * Emits while nobody consumes: what the outbox costs the business transaction.
 */
final class Emit implements Workload {

	private static final int MANY = 100;

	private static final List<ContenderType> CANDIDATES = List.of(ContenderType.HAND, ContenderType.PYXBOX,
			ContenderType.NAMASTACK_TUNED, ContenderType.DB_SCHEDULER_TUNED, ContenderType.GRUELBOX_TUNED,
			ContenderType.MODULITH_TUNED, ContenderType.NAMASTACK_DEFAULT, ContenderType.DB_SCHEDULER_DEFAULT,
			ContenderType.SEED);

	private static final List<Column> COLUMNS = List.of(Column.withSpread("rate", "events/s"),
			Column.withSpread("raw", "x raw inserts"), Column.of("hand", "x hand"),
			Column.of("peer", "x best tuned peer"), Column.of("wal", "WAL bytes/event"),
			Column.of("images", "of which page images"), Column.of("commits", "commits/event"));

	@Override
	public String name() {
		return "emit";
	}

	@Override
	public String about() {
		return "business transactions of 1 and of 100 events, nobody consumes";
	}

	@Override
	public List<Section> run(Bench bench) {
		String about = "Two threads; each transaction also inserts an order. \"x raw inserts\" is the ratio to the same "
				+ "transaction with a raw insert for each event, in turns of half a second. WAL includes the order.";
		Section one = new Section("emit-1", "Emit, 1 event a transaction", about, COLUMNS);
		Section many = new Section("emit-100", "Emit, 100 events a transaction", about, COLUMNS);
		Map<ContenderType, Subject> subjects = bench.startAll(bench.server(), bench.among(CANDIDATES),
				Handling.NOTHING);
		try {
			measure(bench, subjects, one, 1);
			measure(bench, subjects, many, MANY);
		}
		finally {
			subjects.values().forEach(Subject::close);
		}
		return List.of(one.chart("Emit, 1 event a transaction: rate as part of that of a raw insert", "raw", false),
				many.chart("Emit, 100 events a transaction: rate relative to raw inserts", "raw", false));
	}

	private static void measure(Bench bench, Map<ContenderType, Subject> subjects, Section section, int events) {
		List<Emission> emissions = subjects.values()
			.stream()
			.map((subject) -> new Emission(subject, events, section.row(subject.type().title(), 0), ""))
			.toList();
		emissions.forEach((emission) -> emission.attempt(Emission::warmUp));
		for (int repetition = 1; repetition <= bench.repetitions(); repetition++) {
			boolean first = repetition == 1;
			emissions.stream()
				.filter((emission) -> first || emission.isRepeated())
				.forEach((emission) -> emission.attempt(Emission::measure));
			bench.progress("%s: %d of %d".formatted(section.name(), repetition, bench.repetitions()));
		}
		section.compare("rate", "hand", Bench.isHand());
		section.compare("rate", "peer", Bench.isTunedPeer());
		section.compare("records", "wal-hand", Bench.isHand());
	}

}
