package io.pyxbox.store;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a worker got.
 *
 * @param locked whether the lane was free; if not, everything else is empty
 * @param events the events to deliver, in order
 * @param full whether there may be more than were read
 * @param oldestWaitingId the lowest id of an event that waits for its next attempt, or
 * {@link Long#MAX_VALUE}
 * @param nextAttemptIn when the first of the waiting events is due, if any waits
 */
public record Claim(boolean locked, List<StoredEvent> events, boolean full, long oldestWaitingId,
		@Nullable Duration nextAttemptIn) {

	static final Claim BUSY = new Claim(false, List.of(), false, Long.MAX_VALUE, null);

	public Claim {
		events = List.copyOf(events);
	}

}
