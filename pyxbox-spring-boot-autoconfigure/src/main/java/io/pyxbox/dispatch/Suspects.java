package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * What the {@link CarefulCycle}s of a run of the poller share: their name, and whose turn
 * it is to deliver an event that the process may die of. It is one lane's at a time, so
 * that the blame falls on the right one; but one that does not come to an end keeps the
 * others waiting for a while only. Thread-safe.
 */
final class Suspects {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final UUID owner = UUID.randomUUID();

	private @Nullable LaneState admitted;

	private long admittedAt;

	/** What the markers of this run are signed with. */
	UUID owner() {
		return this.owner;
	}

	synchronized boolean admit(LaneState lane) {
		boolean free = this.admitted == null || this.admitted == lane
				|| System.nanoTime() - this.admittedAt > PATIENCE.toNanos();
		if (free) {
			this.admitted = lane;
			this.admittedAt = System.nanoTime();
		}
		return free;
	}

	synchronized void release(LaneState lane) {
		if (this.admitted == lane) {
			this.admitted = null;
		}
	}

}
