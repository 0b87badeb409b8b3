package io.pyxbox.benchmarks.workload;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Waits.
 */
final class Pause {

	private static final long LOOK = Duration.ofNanos(300_000).toNanos();

	private Pause() {
	}

	static void of(Duration duration) {
		until(() -> false, duration);
	}

	/**
	 * Waits until something is so, and looks often.
	 * @return whether it is; otherwise the time is over
	 */
	static boolean until(BooleanSupplier condition, Duration limit) {
		long deadline = System.nanoTime() + limit.toNanos();
		while (!condition.getAsBoolean()) {
			if (System.nanoTime() - deadline > 0) {
				return false;
			}
			LockSupport.parkNanos(LOOK);
		}
		return true;
	}

}
