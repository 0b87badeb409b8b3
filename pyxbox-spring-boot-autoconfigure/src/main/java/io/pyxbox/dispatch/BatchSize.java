package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.List;

import io.pyxbox.store.StoredEvent;

/**
 * How many events a consumer's next claim reads: few at first, more while batches are
 * full and quick, fewer while they are slow or large. Shared by the lanes of a consumer;
 * a race between two of them costs nothing but a step.
 */
final class BatchSize {

	static final int INITIAL = 50;

	private static final Duration QUICK = Duration.ofMillis(250);

	private static final Duration SLOW = Duration.ofSeconds(1);

	private static final long MAX_GROWTH = 8;

	private static final long MAX_BYTES = 8 * 1024 * 1024;

	private final int max;

	private volatile int current;

	BatchSize(int max) {
		this.max = max;
		this.current = Math.min(INITIAL, max);
	}

	int current() {
		return this.current;
	}

	/** A batch could not be completed in the time that the database allows. */
	void halve() {
		this.current = Math.max(1, this.current / 2);
	}

	/**
	 * Learns from a batch.
	 * @param ceiling what could have been handled at most, as far as is known
	 */
	void adapt(List<StoredEvent> events, Duration took, int ceiling) {
		if (events.isEmpty()) {
			return;
		}
		int next = this.current;
		if (took.compareTo(SLOW) > 0) {
			next /= 2;
		}
		else if (events.size() >= next && took.compareTo(QUICK) < 0) {
			next *= (int) growth(took);
		}
		long bytes = events.stream().mapToLong((event) -> event.payload().length).sum();
		long fitting = MAX_BYTES / Math.max(1, bytes / events.size());
		this.current = (int) Math.max(1, Math.min(Math.min(next, fitting), Math.min(this.max, ceiling)));
	}

	/** By how much a batch can grow and still be quick, if each event takes as long. */
	private static long growth(Duration took) {
		return Math.max(2, Math.min(MAX_GROWTH, QUICK.toNanos() / Math.max(1, took.toNanos())));
	}

}
