package io.pyxbox.dispatch;

import java.util.Set;
import java.util.stream.Collectors;

import io.pyxbox.store.WriterSample;

/**
 * The highest id such that no transaction can still add an event at or below it.
 * <p>
 * Whoever inserts holds a lock on the table from before it draws an id until it ends. So:
 * remember the last id drawn, then who holds that lock; when none of those hold it any
 * more, every id up to the remembered one is settled. Transactions that never wrote to
 * the table do not matter, however long they run.
 * <p>
 * Thread-safe: one thread offers samples, others read.
 */
final class Watermark {

	private volatile long settled;

	private long candidate;

	private Set<String> unsettledWriters = Set.of();

	/** A hint may pass ids up to here, if they were read after this was asked. */
	long settled() {
		return this.settled;
	}

	/** Nothing was open when last looked. */
	boolean isSettled() {
		return this.settled == this.candidate;
	}

	/** Ids that were drawn before have not been drawn any more. */
	boolean isAheadOf(long lastDrawnId) {
		return lastDrawnId < this.candidate;
	}

	/** Takes a new sample. */
	void offer(WriterSample sample) {
		this.unsettledWriters = sample.writers()
			.stream()
			.filter((writer) -> this.unsettledWriters.contains(writer) || isPrepared(writer))
			.collect(Collectors.toUnmodifiableSet());
		if (this.unsettledWriters.isEmpty()) {
			this.settled = this.candidate;
			this.candidate = sample.lastDrawnId();
			this.unsettledWriters = sample.writers();
		}
		if (sample.writers().isEmpty()) {
			this.settled = sample.lastDrawnId();
		}
	}

	/**
	 * A transaction that is prepared continues under another name, so a prepared one may
	 * be any of those seen before.
	 */
	private static boolean isPrepared(String writer) {
		return writer.startsWith(WriterSample.PREPARED);
	}

	void reset() {
		this.settled = 0;
		this.candidate = 0;
		this.unsettledWriters = Set.of();
	}

}
