package io.pyxbox.benchmarks.workload;

import java.time.Duration;

import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.server.WriteAheadLog;

/**
 * What came of draining.
 *
 * @param events the number of events that were handled in time
 * @param seconds how long it took, until the last of them had left the table
 * @param firstMillis how long the first one took, from the start of the consumption
 * @param complete whether all were handled; otherwise the time was over
 * @param lost how many have left the table without having been handled
 * @param duplicates how many effects were too many
 * @param wal what was written to the write-ahead log meanwhile
 */
record Drained(long events, double seconds, double firstMillis, boolean complete, long lost, long duplicates,
		WriteAheadLog.Contents wal) {

	double rate() {
		return this.events / this.seconds;
	}

	/**
	 * Adds the rate and the duplicates to a row, and says so if the rate stands for less
	 * than all events.
	 */
	Row addRate(Row row, String key) {
		if (!this.complete) {
			row.cutShort(key);
			row.note("stopped after %d s".formatted(Math.round(this.seconds)));
		}
		if (this.lost > 0) {
			row.note("%d events lost".formatted(this.lost));
		}
		return row.add(key, rate()).add("duplicates", this.duplicates);
	}

	void addDetails(Row row) {
		if (this.events > 0) {
			row.add("first", this.firstMillis)
				.add("wal", this.wal.bytes() / this.events)
				.add("images", this.wal.pageImages() / this.events)
				.add("commits", this.wal.commits() / this.events);
		}
	}

	/**
	 * Returns whether it went fast enough to be repeated.
	 */
	boolean isQuick(Duration limit) {
		return this.complete && this.seconds < limit.toMillis() / 1000.0;
	}

	@Override
	public String toString() {
		return "%,.0f events/s%s".formatted(rate(), this.complete ? "" : " until it was stopped");
	}

}
