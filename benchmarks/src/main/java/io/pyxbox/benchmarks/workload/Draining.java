package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.OptionalLong;

import io.pyxbox.benchmarks.event.Tally;
import io.pyxbox.benchmarks.process.Instance;
import io.pyxbox.benchmarks.server.BenchmarkDatabase;
import io.pyxbox.benchmarks.server.WriteAheadLog;

/**
 * Lets a contender drain what is there, takes the time, and checks that nothing was lost.
 */
final class Draining {

	private final Subject subject;

	private final BenchmarkDatabase database;

	private final Tally tally;

	private final boolean hasEffects;

	/**
	 * Prepares.
	 * @param subject who drains
	 * @param tally where it is recorded
	 * @param hasEffects whether the handler inserts rows into what has been an empty
	 * table
	 */
	Draining(Subject subject, Tally tally, boolean hasEffects) {
		this.subject = subject;
		this.database = subject.database();
		this.tally = tally;
		this.hasEffects = hasEffects;
	}

	/**
	 * Consumes until so many events have been handled. If these are all that are there,
	 * the time ends when they have left the table.
	 * @param expected how many
	 * @param limit after which time to stop
	 * @return what came of it
	 */
	Drained drain(long expected, Duration limit) {
		long stored = this.database.pending(this.subject.type());
		this.database.settle(this.subject.type());
		WriteAheadLog wal = this.database.wal();
		long wallClock = Tally.now();
		long startedAt = System.nanoTime();
		this.subject.instances().forEach(Instance::startConsuming);
		boolean complete = Pause.until(() -> this.tally.distinct() >= expected, limit);
		long endedAt = System.nanoTime();
		long handled = this.tally.distinct();
		if (complete && stored <= expected) {
			OptionalLong emptyAt = awaitEmptyTable(limit);
			complete = emptyAt.isPresent();
			endedAt = emptyAt.orElseGet(System::nanoTime);
		}
		wal.end();
		this.subject.instances().forEach(Instance::stopConsuming);
		return new Drained(handled, (endedAt - startedAt) / 1e9, (this.tally.firstAt() - wallClock) / 1e6, complete,
				lost(stored), duplicates(), wal.contents());
	}

	private long duplicates() {
		return this.hasEffects ? this.database.count("SELECT count(*) - count(DISTINCT number) FROM effects")
				: this.tally.duplicates();
	}

	/**
	 * Returns when the look at the table began that found it empty; nothing if the time
	 * is over.
	 */
	private OptionalLong awaitEmptyTable(Duration limit) {
		long deadline = System.nanoTime() + limit.toNanos();
		for (long lookedAt = System.nanoTime(); lookedAt - deadline < 0; lookedAt = System.nanoTime()) {
			if (this.database.isDone(this.subject.type())) {
				return OptionalLong.of(lookedAt);
			}
			Pause.of(Duration.ofMillis(1));
		}
		return OptionalLong.empty();
	}

	/** What has left the table must have been handled. */
	private long lost(long stored) {
		long gone = stored - this.database.pending(this.subject.type());
		long handled = this.hasEffects ? this.database.count("SELECT count(DISTINCT number) FROM effects")
				: this.tally.distinct();
		long lost = Math.max(0, gone - handled);
		if (lost > 0) {
			this.subject.bench()
				.lost(this.subject.type(), lost,
						"%d have left the table, %d have been handled".formatted(gone, handled));
		}
		return lost;
	}

}
