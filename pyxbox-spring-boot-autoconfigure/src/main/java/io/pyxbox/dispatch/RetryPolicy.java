package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.Set;

import org.springframework.util.backoff.BackOffExecution;
import org.springframework.util.backoff.ExponentialBackOff;

/**
 * When a failed delivery is tried again.
 *
 * @param maxAttempts how often a delivery is attempted in all
 * @param initialInterval how long to wait after the first failure
 * @param multiplier by what the interval grows with each attempt
 * @param maxInterval the longest interval
 * @param jitter by which part of itself an interval varies at random, from 0 to 1
 * @param excludes exceptions after which it is never tried again, themselves or as a
 * cause
 */
public record RetryPolicy(int maxAttempts, Duration initialInterval, double multiplier, Duration maxInterval,
		double jitter, Set<Class<? extends Throwable>> excludes) {

	public RetryPolicy {
		excludes = Set.copyOf(excludes);
		require(maxAttempts >= 1, "max-attempts must be at least 1, but is " + maxAttempts);
		require(initialInterval.toMillis() >= 1, "initial-interval must be at least 1ms, but is " + initialInterval);
		require(multiplier >= 1, "multiplier must be at least 1, but is " + multiplier);
		require(maxInterval.compareTo(initialInterval) >= 0,
				"max-interval " + maxInterval + " must not be shorter than initial-interval " + initialInterval);
		require(jitter >= 0 && jitter <= 1, "jitter must be from 0 to 1, but is " + jitter);
	}

	private static void require(boolean condition, String message) {
		if (!condition) {
			throw new IllegalArgumentException(message);
		}
	}

	boolean isLast(int attempt, Throwable cause) {
		return attempt >= this.maxAttempts || isExcluded(cause);
	}

	private boolean isExcluded(Throwable failure) {
		return Causes.any(failure,
				(cause) -> this.excludes.stream().anyMatch((excluded) -> excluded.isInstance(cause)));
	}

	Duration intervalAfter(int attempt) {
		ExponentialBackOff backOff = new ExponentialBackOff(this.initialInterval.toMillis(), this.multiplier);
		backOff.setMaxInterval(this.maxInterval.toMillis());
		backOff.setJitter(Math.round(this.initialInterval.toMillis() * this.jitter));
		BackOffExecution execution = backOff.start();
		long interval = execution.nextBackOff();
		for (int i = 1; i < attempt; i++) {
			interval = execution.nextBackOff();
		}
		return Duration.ofMillis(interval);
	}

}
