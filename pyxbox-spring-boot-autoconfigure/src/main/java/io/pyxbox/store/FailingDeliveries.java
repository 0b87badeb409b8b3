package io.pyxbox.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * The deliveries of one lane that have failed before: those that wait for their next
 * attempt, those that are blocked until somebody acts, and those that are due.
 */
final class FailingDeliveries {

	private final TreeMap<Long, Failing> failing = new TreeMap<>();

	/**
	 * Adds a delivery.
	 * @param nextAttemptIn how long it waits; {@code null} if it is blocked
	 */
	void add(long id, @Nullable String partitionKey, int attempts, int crashes, @Nullable Duration nextAttemptIn) {
		this.failing.put(id, new Failing(partitionKey, attempts, crashes, nextAttemptIn));
	}

	/** Adds an event that nobody here can deliver, whatever is known of it. */
	void addWaiting(long id, String partitionKey) {
		Failing known = this.failing.get(id);
		add(id, partitionKey, (known != null) ? known.attempts() : 0, (known != null) ? known.crashes() : 0, null);
	}

	boolean isEmpty() {
		return this.failing.isEmpty();
	}

	StoredEvent.@Nullable Failures of(long id) {
		Failing delivery = this.failing.get(id);
		return (delivery != null) ? new StoredEvent.Failures(delivery.attempts(), delivery.crashes()) : null;
	}

	Set<Long> ids() {
		return this.failing.keySet();
	}

	/** Whatever fails holds back its key: only it may be delivered next. */
	String[] keys() {
		Set<String> keys = new HashSet<>();
		this.failing.values().forEach((delivery) -> {
			if (delivery.partitionKey() != null) {
				keys.add(delivery.partitionKey());
			}
		});
		return keys.toArray(String[]::new);
	}

	/**
	 * Returns what may be tried again now, in order: of each key the first, if it is due.
	 */
	List<Long> due() {
		Set<String> seen = new HashSet<>();
		List<Long> due = new ArrayList<>();
		this.failing.forEach((id, delivery) -> {
			boolean first = delivery.partitionKey() == null || seen.add(delivery.partitionKey());
			if (first && delivery.isDue()) {
				due.add(id);
			}
		});
		return due;
	}

	/** Forgets what was due and is no longer there. */
	void keepDue(Collection<Long> due, Collection<Long> found) {
		this.failing.keySet().removeIf((id) -> due.contains(id) && !found.contains(id));
	}

	@Nullable Duration nextAttemptIn() {
		Duration next = null;
		for (Failing delivery : this.failing.values()) {
			Duration in = delivery.nextAttemptIn();
			if (in != null && !delivery.isDue() && (next == null || in.compareTo(next) < 0)) {
				next = in;
			}
		}
		return next;
	}

	/**
	 * Where reading has to start, given what was failing before.
	 * @param fromId where it would start if nothing had changed
	 * @param held what was seen failing, and from where on it may hold back events
	 */
	long readFrom(long fromId, Map<Long, Long> held) {
		Map<Long, Long> released = new HashMap<>(held);
		released.keySet().removeAll(this.failing.keySet());
		return released.values().stream().reduce(fromId, Math::min);
	}

	private record Failing(@Nullable String partitionKey, int attempts, int crashes, @Nullable Duration nextAttemptIn) {

		boolean isDue() {
			return this.nextAttemptIn != null && (this.nextAttemptIn.isNegative() || this.nextAttemptIn.isZero());
		}

	}

}
