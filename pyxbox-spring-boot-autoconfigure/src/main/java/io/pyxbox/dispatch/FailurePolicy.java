package io.pyxbox.dispatch;

import java.time.Duration;

import io.pyxbox.OnExhaustion;
import org.jspecify.annotations.Nullable;

/**
 * What a consumer's deliveries may do wrong, and what follows.
 *
 * @param retry when a failed delivery is tried again
 * @param onExhaustion what becomes of it after the last attempt
 * @param timeout how long a call may take; {@code null} for as long as it likes
 * @param circuitBreaker whether the consumer is paused while everything it delivers
 * fails; for consumers that are not transactional
 */
public record FailurePolicy(RetryPolicy retry, OnExhaustion onExhaustion, @Nullable Duration timeout,
		boolean circuitBreaker) {

	public FailurePolicy {
		if (timeout != null && (timeout.isNegative() || timeout.isZero())) {
			throw new IllegalArgumentException("timeout must be positive, but is " + timeout);
		}
	}

}
