package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.event.Keys;
import io.pyxbox.benchmarks.event.Tally;
import io.pyxbox.benchmarks.process.Instance;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;

/**
 * Emits and handles with two instances at the same time, and looks whether the events of
 * each key came in order.
 */
final class OrderPerKey implements Workload {

	private static final Duration LIMIT = Duration.ofSeconds(40);

	private static final int KEYS = 100;

	/**
	 * What runs for seconds only would measure how long compilers take: each instance has
	 * its own, and they share the processors.
	 */
	private static final int REHEARSALS = 5;

	/** So that emitting is faster than handling. */
	private static final int EVENTS_PER_TRANSACTION = 10;

	@Override
	public String name() {
		return "order";
	}

	@Override
	public String about() {
		return "order per key: two instances emit and handle, 100 keys";
	}

	@Override
	public List<Section> run(Bench bench) {
		Section section = new Section("order", "Order per key",
				"Two instances, after five rehearsals; each emits the events of half of the keys, ten a transaction, and both handle, which takes up to 0.5 ms. "
						+ "A violation is an event whose handling began before that of an earlier one of its key.",
				List.of(Column.withSpread("seconds", "seconds"), Column.of("hand", "x hand's time"),
						Column.withSpread("violations", "violations"), Column.ofLargest("duplicates", "duplicates")));
		for (ContenderType type : bench.among(Workload.MAIN_CONTENDERS)) {
			Row row = section.row(type.title(), bench.smallBacklog());
			bench.attempt(type, row, () -> measure(bench, type, row));
		}
		section.compare("seconds", "hand", Bench.isHand());
		return List.of(section);
	}

	private static void measure(Bench bench, ContenderType type, Row row) {
		try (Subject subject = bench.start(type, 2, Handling.WAIT)) {
			subject.warmUp(bench.smallBacklog() / 4, LIMIT);
			rehearse(bench, type, subject);
			int violations = 0;
			for (int repetition = 0; repetition < bench.repetitions(type); repetition++) {
				subject.database().reset(type);
				subject.database().checkpoint();
				violations = Math.max(violations, measure(subject, row));
			}
			// Once is once too often, whatever the median says.
			row.add("most-violations", violations);
			bench.progress("order: %s: %s".formatted(type, row));
		}
	}

	private static void rehearse(Bench bench, ContenderType type, Subject subject) {
		if (!Bench.isMeasuredOnce(type)) {
			Row unused = new Section("rehearsal", "Rehearsal", "", List.of()).row(type.title(), bench.smallBacklog());
			for (int rehearsal = 0; rehearsal < REHEARSALS; rehearsal++) {
				subject.database().reset(type);
				measure(subject, unused);
			}
		}
	}

	private static int measure(Subject subject, Row row) {
		int events = row.events();
		try (Tally tally = subject.record(events, true)) {
			subject.instances().forEach(Instance::startConsuming);
			long startedAt = System.nanoTime();
			CompletableFuture<?> other = CompletableFuture.runAsync(
					() -> subject.instances().get(1).emitInOrder(1, events, 2, EVENTS_PER_TRANSACTION, Keys.HUNDRED));
			subject.first().emitInOrder(0, events, 2, EVENTS_PER_TRANSACTION, Keys.HUNDRED);
			other.join();
			if (Pause.until(() -> tally.distinct() == events, LIMIT)) {
				row.add("seconds", (System.nanoTime() - startedAt) / 1e9);
			}
			else {
				row.note("%d events not handled after %d s".formatted(events - tally.distinct(), LIMIT.toSeconds()));
			}
			subject.instances().forEach(Instance::stopConsuming);
			subject.verify(tally, events, row);
			int violations = violations(tally);
			row.add("violations", violations).add("duplicates", tally.duplicates());
			return violations;
		}
	}

	private static int violations(Tally tally) {
		int violations = 0;
		for (int key = 0; key < KEYS; key++) {
			long latest = 0;
			for (int number = key; number < tally.capacity(); number += KEYS) {
				if (tally.startedAt(number) > 0 && tally.startedAt(number) < latest) {
					violations++;
				}
				latest = Math.max(latest, tally.startedAt(number));
			}
		}
		return violations;
	}

}
