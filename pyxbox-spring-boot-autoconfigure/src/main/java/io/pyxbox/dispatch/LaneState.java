package io.pyxbox.dispatch;

import java.util.concurrent.TimeUnit;

import io.pyxbox.store.Lane;

/**
 * What this instance remembers of a lane. Written only by the worker that runs the lane;
 * the hint is read by others too.
 */
final class LaneState {

	/**
	 * How often reading starts at the very beginning, whatever the hint says: a safety
	 * net for rows that somebody else put below it.
	 */
	private static final long SWEEP_NANOS = TimeUnit.MINUTES.toNanos(1);

	private final Lane lane;

	private final DeliveryTarget target;

	private final BatchSize batchSize;

	private volatile long hint;

	private long sweptAt = System.nanoTime() - SWEEP_NANOS;

	private int oneByOne;

	private int hindrances;

	LaneState(Lane lane, DeliveryTarget target, BatchSize batchSize) {
		this.lane = lane;
		this.target = target;
		this.batchSize = batchSize;
	}

	Lane lane() {
		return this.lane;
	}

	DeliveryTarget target() {
		return this.target;
	}

	BatchSize batchSize() {
		return this.batchSize;
	}

	/** The lowest id that can still be live in this lane. */
	long hint() {
		return this.hint;
	}

	void moveHint(long hint) {
		this.hint = hint;
	}

	/** Where the next claim starts reading. */
	long nextFromId() {
		long now = System.nanoTime();
		if (now - this.sweptAt >= SWEEP_NANOS) {
			this.sweptAt = now;
			return 0;
		}
		return this.hint;
	}

	int nextLimit() {
		return (this.oneByOne > 0) ? 1 : this.batchSize.current();
	}

	/** After a chunk was rolled back as a whole: its events are claimed one by one. */
	void isolateNext(int events) {
		this.oneByOne = Math.max(this.oneByOne, events);
	}

	void handled(int events) {
		this.oneByOne = Math.max(0, this.oneByOne - Math.max(1, events));
	}

	/**
	 * The lane was busy or broken.
	 * @return after how many milliseconds to try again: soon at first, so that no signal
	 * is lost, then less and less often
	 */
	long hindered() {
		return Math.min(1_000, 5L << Math.min(this.hindrances++, 10));
	}

	void unhindered() {
		this.hindrances = 0;
	}

}
