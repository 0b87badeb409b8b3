package io.pyxbox.benchmarks.workload;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.process.Instance.Emitted;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.server.WriteAheadLog;

/**
 * Lets a contender emit in windows of a second, and in between lets the same JVM run the
 * same transaction with a raw insert for each event: what one commit costs changes from
 * minute to minute, the ratio does not.
 */
final class Emission {

	private static final double WINDOW_IN_SECONDS = 1;

	private final Subject subject;

	private final int events;

	/**
	 * Prepares.
	 * @param subject who emits
	 * @param events the number of events in a transaction
	 */
	Emission(Subject subject, int events) {
		this.subject = subject;
		this.events = events;
	}

	void warmUp() {
		this.subject.first().emitFor(true, this.events, WINDOW_IN_SECONDS);
		this.subject.first().emitFor(false, this.events, 2 * WINDOW_IN_SECONDS);
	}

	/**
	 * Emits, and adds to a row the rate of events, the ratio to raw inserts, and what was
	 * written.
	 * @param row where to add
	 * @param prefix what comes before the keys
	 * @param pairs the number of windows
	 */
	void measure(Row row, String prefix, int pairs) {
		ContenderType type = this.subject.type();
		this.subject.database().reset(type);
		this.subject.database().checkpoint();
		Sum raw = new Sum();
		Sum emitted = new Sum();
		for (int i = 0; i < pairs; i++) {
			raw.add(this.subject.first().emitFor(true, this.events, WINDOW_IN_SECONDS));
			WriteAheadLog wal = this.subject.database().wal();
			emitted.add(this.subject.first().emitFor(false, this.events, WINDOW_IN_SECONDS));
			emitted.add(wal);
		}
		double count = emitted.transactions * this.events;
		verify(type, (long) count);
		row.add(prefix + "rate", count / emitted.seconds)
			.add(prefix + "raw", emitted.transactions / emitted.seconds / (raw.transactions / raw.seconds))
			.add(prefix + "wal", emitted.bytes / count)
			.add(prefix + "images", emitted.pageImages / count)
			.add(prefix + "commits", emitted.commits / count);
	}

	private void verify(ContenderType type, long emitted) {
		long stored = this.subject.database().pending(type);
		if (stored != emitted) {
			this.subject.bench().error("%s has stored %d events of %d".formatted(type, stored, emitted));
		}
	}

	private static final class Sum {

		private double transactions;

		private double seconds;

		private double bytes;

		private double pageImages;

		private double commits;

		void add(Emitted emitted) {
			this.transactions += emitted.transactions();
			this.seconds += emitted.seconds();
		}

		void add(WriteAheadLog wal) {
			wal.end();
			WriteAheadLog.Contents contents = wal.contents();
			this.bytes += contents.bytes();
			this.pageImages += contents.pageImages();
			this.commits += contents.commits();
		}

	}

}
