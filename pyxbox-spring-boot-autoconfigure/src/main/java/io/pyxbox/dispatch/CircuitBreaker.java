package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import io.pyxbox.store.StoredEvent;

/**
 * Tells "the destination is down" from "the event is bad", for one consumer that is not
 * transactional.
 * <ul>
 * <li><b>Closed</b>: deliveries run. A success means that the destination is there, so
 * does a failure that is not about reaching it. Different events that fail in a row to
 * reach it mean that it is not; so do as many failures of one and the same event whose
 * connection is refused, or a single {@link io.pyxbox.DestinationUnavailableException}.
 * <li><b>Open</b>: nothing is claimed until the interval is over.
 * <li><b>Half open</b>: one lane is claimed, and a few events at most are tried, one
 * after the other, or together if the consumer takes batches. If one of them reaches the
 * destination, the circuit is closed. If none does, it is open again, for twice as long.
 * </ul>
 * What cannot reach its destination while the circuit opens or is open costs no attempts.
 * Thread-safe.
 */
final class CircuitBreaker {

	/** One of them may be bad while the destination is there. */
	private static final int MAX_PROBES = 5;

	private final CircuitSettings settings;

	private final Set<Object> failedInARow = new HashSet<>();

	private Duration interval = Duration.ZERO;

	private boolean open;

	private long probeAt;

	CircuitBreaker(CircuitSettings settings) {
		this.settings = settings;
	}

	synchronized boolean isClosed() {
		return !this.open;
	}

	/** How long nothing may run from now on; zero or less if something may. */
	synchronized long nanosUntilProbe(long now) {
		return this.open ? this.probeAt - now : 0;
	}

	/** How many events may be tried at most. */
	synchronized int limit() {
		return this.open ? Math.min(MAX_PROBES, this.settings.failureThreshold()) : Integer.MAX_VALUE;
	}

	/**
	 * A delivery has reached the destination, whatever came of it.
	 * @return whether the circuit was open until now
	 */
	synchronized boolean reached() {
		this.failedInARow.clear();
		this.interval = Duration.ZERO;
		boolean wasOpen = this.open;
		this.open = false;
		return wasOpen;
	}

	/**
	 * A delivery has not reached the destination.
	 * @return whether the circuit was closed until now, and is no more
	 */
	synchronized boolean missed(StoredEvent event, Throwable cause) {
		if (this.open) {
			return false;
		}
		if (this.settings.hasThreshold()) {
			this.failedInARow.add(DestinationTrouble.isRefusal(cause) ? new Object() : event.id());
		}
		if (DestinationTrouble.isDeclaredBy(cause) || this.failedInARow.size() >= this.settings.failureThreshold()) {
			pause();
			return true;
		}
		return false;
	}

	/**
	 * All that was tried while the circuit was open has failed, or the circuit has just
	 * been opened.
	 */
	synchronized void pause() {
		Duration next = this.interval.isZero() ? this.settings.initialInterval() : this.interval.multipliedBy(2);
		this.interval = (next.compareTo(this.settings.maxInterval()) > 0) ? this.settings.maxInterval() : next;
		this.open = true;
		this.failedInARow.clear();
		// Instances that paused together shall not come back together.
		long jitter = ThreadLocalRandom.current().nextLong(this.interval.toNanos() / 4 + 1);
		this.probeAt = System.nanoTime() + this.interval.toNanos() + jitter;
	}

}
