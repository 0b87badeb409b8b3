package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;

import io.pyxbox.store.Buckets;
import io.pyxbox.store.Pull;

/**
 * Where those who pull begin to read: for each bucket the lowest id that can still be
 * live for them, as for lanes (see {@link Watermark}). A hint that holds once holds for
 * ever, so the highest one counts, whoever has found it. Thread-safe.
 */
final class PullHints {

	private static final long SWEEP_NANOS = Duration.ofMinutes(1).toNanos();

	private static final long WAITING_NANOS = Duration.ofSeconds(1).toNanos();

	private final long[] hints = new long[Buckets.COUNT];

	private long sweptAt = System.nanoTime();

	private int generation;

	private int depth = 1;

	/** Keys with an event of an unknown version, and the id of the first one. */
	private Map<Long, Long> waiting = Map.of();

	private long waitingSince;

	private boolean reported;

	/**
	 * Where to begin now: once a minute at the very beginning, whatever the hints say.
	 */
	synchronized Start start() {
		boolean sweep = System.nanoTime() - this.sweptAt >= SWEEP_NANOS;
		if (sweep) {
			this.sweptAt = System.nanoTime();
		}
		return new Start(sweep ? new long[Buckets.COUNT] : this.hints.clone(), sweep, this.generation);
	}

	/**
	 * Everything was seen that is live, from where a pull began.
	 * @param settled what was settled before
	 */
	synchronized void hasRead(Start start, Pull pull, long settled) {
		if (start.generation() != this.generation || pull.failing()) {
			return;
		}
		long[] lowest = pull.lowestIds();
		for (int bucket = 0; bucket < this.hints.length; bucket++) {
			long live = (lowest[bucket] == Long.MAX_VALUE) ? settled + 1 : Math.min(lowest[bucket], settled + 1);
			this.hints[bucket] = start.sweep() ? live : Math.max(this.hints[bucket], live);
		}
	}

	/** How many events of each bucket to look at first. */
	synchronized int depth() {
		return this.depth;
	}

	/** The number with which as much was found as there was. */
	synchronized void foundAt(int used) {
		this.depth = Math.max(1, (used > this.depth) ? used / 2 : this.depth - 1);
	}

	/**
	 * Keys that wait for an instance that knows a later version of their events. They are
	 * forgotten soon: the instance may have come.
	 */
	synchronized Map<Long, Long> waiting() {
		if (!this.waiting.isEmpty() && System.nanoTime() - this.waitingSince >= WAITING_NANOS) {
			this.waiting = Map.of();
		}
		return this.waiting;
	}

	/**
	 * Remembers keys that wait.
	 * @return whether these are the first ones
	 */
	synchronized boolean waiting(Map<Long, Long> keys) {
		if (this.waiting.isEmpty()) {
			this.waitingSince = System.nanoTime();
		}
		this.waiting = Map.copyOf(keys);
		boolean first = !this.reported;
		this.reported = true;
		return first;
	}

	/** Ids have gone backwards: nothing known before counts. */
	synchronized void forget() {
		this.generation++;
		Arrays.fill(this.hints, 0);
	}

	/**
	 * Where a pull begins.
	 *
	 * @param fromIds for each bucket
	 * @param sweep whether that is the very beginning, and the hints are put to the test
	 * @param generation of which hints
	 */
	record Start(long[] fromIds, boolean sweep, int generation) {
	}

}
