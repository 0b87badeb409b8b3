package io.pyxbox.store;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The deliveries of one lane that have failed before: those that wait for their next
 * attempt, and those that are due.
 */
final class FailingDeliveries {

	private final Map<Long, Integer> attempts = new HashMap<>();

	private final Set<Long> waitingIds = new HashSet<>();

	private final Set<String> waitingKeys = new HashSet<>();

	private @Nullable Duration nextAttemptIn;

	void add(long id, @Nullable String partitionKey, int attempts, Duration nextAttemptIn) {
		this.attempts.put(id, attempts);
		if (nextAttemptIn.isNegative() || nextAttemptIn.isZero()) {
			return;
		}
		this.waitingIds.add(id);
		if (partitionKey != null) {
			this.waitingKeys.add(partitionKey);
		}
		if (this.nextAttemptIn == null || nextAttemptIn.compareTo(this.nextAttemptIn) < 0) {
			this.nextAttemptIn = nextAttemptIn;
		}
	}

	boolean nothingWaits() {
		return this.waitingIds.isEmpty();
	}

	int attempts(long id) {
		return this.attempts.getOrDefault(id, 0);
	}

	long[] waitingIds() {
		return this.waitingIds.stream().mapToLong(Long::longValue).toArray();
	}

	String[] waitingKeys() {
		return this.waitingKeys.toArray(String[]::new);
	}

	@Nullable Duration nextAttemptIn() {
		return this.nextAttemptIn;
	}

}
