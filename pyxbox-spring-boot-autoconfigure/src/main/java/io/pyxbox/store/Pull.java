package io.pyxbox.store;

import java.util.List;
import java.util.Set;

/**
 * What was pulled.
 *
 * @param events the events, in the order of their ids
 * @param deeper whether a look at more events of each bucket could find more
 * @param overtaken whether events were found and locked, and somebody else had just been
 * faster: a second look may find others
 * @param failing whether a delivery to the consumer is failing: then some events were
 * passed over
 * @param lowestIds for each bucket the lowest id that was found, pulled or not, or
 * {@link Long#MAX_VALUE} if there was none
 * @param lockedByOthers the keys that were found locked
 */
public record Pull(List<Event> events, boolean deeper, boolean overtaken, boolean failing, long[] lowestIds,
		Set<Long> lockedByOthers) {

	public Pull {
		events = List.copyOf(events);
		lockedByOthers = Set.copyOf(lockedByOthers);
	}

	/**
	 * An event that was pulled.
	 *
	 * @param bucket its bucket
	 * @param stored the event
	 */
	public record Event(int bucket, StoredEvent stored) {
	}

}
