package io.pyxbox.dispatch;

import java.time.Duration;

/**
 * When a consumer is paused because everything it delivers fails.
 *
 * @param failureThreshold after how many failures in a row
 * @param initialInterval after how long it is tried again
 * @param maxInterval the longest interval; it doubles each time
 */
public record CircuitSettings(int failureThreshold, Duration initialInterval, Duration maxInterval) {

	public CircuitSettings {
		if (failureThreshold < 1 || initialInterval.toMillis() < 1 || maxInterval.compareTo(initialInterval) < 0) {
			throw new IllegalArgumentException("failure-threshold must be at least 1, initial-interval at least 1ms, "
					+ "and max-interval not shorter: " + failureThreshold + ", " + initialInterval + ", "
					+ maxInterval);
		}
	}

	/** For consumers that are paused only when they ask for it. */
	CircuitSettings withoutThreshold() {
		return new CircuitSettings(Integer.MAX_VALUE, this.initialInterval, this.maxInterval);
	}

}
