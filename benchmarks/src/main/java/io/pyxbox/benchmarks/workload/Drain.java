package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * Drains a backlog with one instance. Contenders that are made for large backlogs are
 * measured on a small one, too, so that everybody can be compared at the same size.
 */
final class Drain implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(20);

	/** For those who are measured once, and of whom some need minutes. */
	private static final Duration SHORT_LIMIT = Duration.ofSeconds(8);

	/** Whoever needs more than this is not asked again. */
	private static final Duration QUICK = Duration.ofSeconds(10);

	private static final Duration WARM_UP = Duration.ofSeconds(4);

	private static final List<Column> COLUMNS = List.of(Column.withSpread("rate", "events/s"),
			Column.of("hand", "x hand"), Column.of("peer", "x best tuned peer"), Column.of("first", "first after ms"),
			Column.of("wal", "WAL bytes/event"), Column.of("images", "of which page images"),
			Column.of("commits", "commits/event"), Column.ofLargest("duplicates", "duplicates"));

	private final String name;

	private final String title;

	private final Handling handling;

	private final List<ContenderType> candidates;

	Drain(String name, String title, Handling handling, List<ContenderType> candidates) {
		this.name = name;
		this.title = title;
		this.handling = handling;
		this.candidates = candidates;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public String about() {
		return this.title.substring(0, 1).toLowerCase(Locale.ROOT) + this.title.substring(1);
	}

	@Override
	public List<Section> run(Bench bench) {
		Section section = new Section(this.name, this.title,
				"One instance, 1,000 keys. From the start of the consumption until the last event has left the table. "
						+ "Ratios compare backlogs of the same size.",
				COLUMNS);
		Map<ContenderType, Subject> subjects = bench.startAll(bench.server(), bench.among(this.candidates),
				this.handling);
		try {
			List<Entry> entries = entries(bench, subjects, section);
			for (int repetition = 1; repetition <= bench.repetitions(); repetition++) {
				for (Entry entry : List.copyOf(entries)) {
					if (!measure(bench, entry)) {
						entries.remove(entry);
					}
				}
			}
		}
		finally {
			subjects.values().forEach(Subject::close);
		}
		section.compare("rate", "hand", Bench.isHand());
		section.compare("rate", "peer", Bench.isTunedPeer());
		section.compare("wal", "wal-hand", Bench.isHand());
		return List.of(section.chart(this.title + ": events per second", "rate", true));
	}

	/** Whoever cannot warm up is out. */
	private List<Entry> entries(Bench bench, Map<ContenderType, Subject> subjects, Section section) {
		List<Entry> entries = new ArrayList<>();
		subjects.forEach((type, subject) -> {
			int large = largeBacklog(bench, type);
			Row row = section.row(type.title(), large);
			if (bench.attempt(type, row, () -> subject.warmUp(large, type.isFast() ? LIMIT : WARM_UP))) {
				entries.add(new Entry(subject, row));
				if (large > bench.smallBacklog()) {
					entries.add(new Entry(subject, section.row(type.title(), bench.smallBacklog())));
				}
			}
		});
		return entries;
	}

	/** Half as large where each event is an insert. */
	private int largeBacklog(Bench bench, ContenderType type) {
		int events = bench.events(type);
		return (this.handling == Handling.INSERT && type.isFast()) ? Math.max(events / 2, bench.smallBacklog())
				: events;
	}

	/** Returns whether it is worth while to do it again. */
	private boolean measure(Bench bench, Entry entry) {
		ContenderType type = entry.subject().type();
		AtomicBoolean quick = new AtomicBoolean();
		bench.attempt(type, entry.row(), () -> {
			Drained drained = entry.subject()
				.drain(entry.row().events(), Keys.THOUSAND, Bench.isMeasuredOnce(type) ? SHORT_LIMIT : LIMIT);
			drained.addRate(entry.row(), "rate");
			drained.addDetails(entry.row());
			bench.progress("%s: %s, %,d events: %s".formatted(this.name, type, entry.row().events(), drained));
			quick.set(type.isFast() || drained.isQuick(QUICK));
		});
		return quick.get() && !Bench.isMeasuredOnce(type);
	}

	/**
	 * What is measured in turns.
	 *
	 * @param subject who
	 * @param row on how many events, and what came of it
	 */
	private record Entry(Subject subject, Row row) {
	}

}
