package io.pyxbox.dispatch;

import io.pyxbox.store.Lane;

/**
 * What this instance remembers of a lane. Written only by the worker that runs the lane;
 * the hint is read by others too.
 */
final class LaneState {

	private final Lane lane;

	private final DeliveryTarget target;

	private final BatchSize batchSize;

	private volatile long hint;

	private volatile boolean sweepWanted;

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

	/** Reads from the very beginning next time, whatever the hint says. */
	void sweep() {
		this.sweepWanted = true;
	}

	/** Where the next claim starts reading. */
	long nextFromId() {
		return this.sweepWanted ? 0 : this.hint;
	}

	/**
	 * A claim has read.
	 * @param from where it began
	 * @param lowestOpenId what it knows of the lane since
	 */
	void hasRead(long from, long lowestOpenId) {
		if (from == 0) {
			this.sweepWanted = false;
		}
		this.hint = lowestOpenId;
	}

	void forgetHint() {
		this.hint = 0;
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
