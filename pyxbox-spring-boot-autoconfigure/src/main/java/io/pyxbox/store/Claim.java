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
 * @param nextAttemptIn when the first of the events that wait for their next attempt is
 * due, if any waits; all events of their keys were left out
 */
public record Claim(boolean locked, List<StoredEvent> events, boolean full, @Nullable Duration nextAttemptIn) {

	static final Claim BUSY = new Claim(false, List.of(), false, null);

	public Claim {
		events = List.copyOf(events);
	}

}
