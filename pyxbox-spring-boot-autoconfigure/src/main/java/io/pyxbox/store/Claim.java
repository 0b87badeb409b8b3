package io.pyxbox.store;

import java.time.Duration;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What a worker got.
 *
 * @param locked whether the lane was free; if not, everything else is empty
 * @param events the events to deliver, in order: those that are due for another attempt,
 * and those of keys that nothing holds back
 * @param full whether there may be more than were read
 * @param readFrom where reading began
 * @param readTo up to where everything was read that nothing holds back;
 * {@link Long#MAX_VALUE} for the end
 * @param failing the ids of all deliveries of the lane that are failing, due or not; only
 * those due are among the events, and of all others the keys were left out
 * @param nextAttemptIn when the first of the events that wait for their next attempt is
 * due, if any waits
 */
public record Claim(boolean locked, List<StoredEvent> events, boolean full, long readFrom, long readTo,
		Set<Long> failing, @Nullable Duration nextAttemptIn) {

	static final Claim BUSY = new Claim(false, List.of(), false, 0, 0, Set.of(), null);

	public Claim {
		events = List.copyOf(events);
		failing = Set.copyOf(failing);
	}

}
