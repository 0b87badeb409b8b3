package io.pyxbox.benchmarks.workload;

import java.util.function.Consumer;

import io.pyxbox.benchmarks.process.Instance.Emitted;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.server.WriteAheadLog;

/**
 * Lets a contender emit for half a second at a time, and in between lets the same JVM run
 * the same transaction with a raw insert for each event: what one commit costs changes
 * from minute to minute, the ratio does not.
 */
final class Emission {

	private static final double WINDOW_IN_SECONDS = 0.5;

	private static final int PAIRS = 2;

	/** Of those whose ratio is near to one. */
	private static final int MORE_PAIRS = 4;

	private final Subject subject;

	private final int events;

	private final Row row;

	private final String prefix;

	/**
	 * Prepares.
	 * @param subject who emits
	 * @param events the number of events in a transaction
	 * @param row where to add what was measured
	 * @param prefix what comes before the keys there
	 */
	Emission(Subject subject, int events, Row row, String prefix) {
		this.subject = subject;
		this.events = events;
		this.row = row;
		this.prefix = prefix;
	}

	/**
	 * Does something, and says so in the row if it does not work.
	 */
	void attempt(Consumer<Emission> work) {
		this.subject.bench().attempt(this.subject.type(), this.row, () -> work.accept(this));
	}

	boolean isRepeated() {
		return !Bench.isMeasuredOnce(this.subject.type());
	}

	void warmUp() {
		this.subject.first().emitFor(true, this.events, 4 * WINDOW_IN_SECONDS);
		this.subject.first().emitFor(false, this.events, 12 * WINDOW_IN_SECONDS);
	}

	/**
	 * Emits, and adds the rate of events, the ratio to raw inserts, and what was written.
	 */
	void measure() {
		this.subject.database().reset(this.subject.type());
		this.subject.database().checkpoint();
		Sum raw = new Sum();
		Sum emitted = new Sum();
		int pairs = this.subject.type().isFast() ? MORE_PAIRS : PAIRS;
		for (int i = 0; i < pairs; i++) {
			raw.add(this.subject.first().emitFor(true, this.events, WINDOW_IN_SECONDS));
			WriteAheadLog wal = this.subject.database().wal();
			emitted.add(this.subject.first().emitFor(false, this.events, WINDOW_IN_SECONDS));
			emitted.add(wal);
		}
		double count = emitted.transactions * this.events;
		verify((long) count);
		add("rate", count / emitted.seconds);
		add("raw", emitted.transactions / emitted.seconds / (raw.transactions / raw.seconds));
		add("wal", emitted.bytes / count);
		add("images", emitted.pageImages / count);
		add("records", (emitted.bytes - emitted.pageImages) / count);
		add("commits", emitted.commits / count);
	}

	private void add(String key, double value) {
		this.row.add(this.prefix + key, value);
	}

	private void verify(long emitted) {
		long stored = this.subject.database().pending(this.subject.type());
		if (stored != emitted) {
			this.row.note("%d events stored of %d".formatted(stored, emitted));
			this.subject.bench().error("%s has stored %d events of %d".formatted(this.subject.type(), stored, emitted));
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
