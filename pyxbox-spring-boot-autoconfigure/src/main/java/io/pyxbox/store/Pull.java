package io.pyxbox.store;

import java.util.List;
import java.util.Map;
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
 * @param waiting keys that have an event of a version that is not known to who pulls, and
 * the id of the first one, from which on they were left alone
 */
public record Pull(List<Event> events, boolean deeper, boolean overtaken, boolean failing, long[] lowestIds,
		Set<Long> lockedByOthers, Map<Long, Long> waiting) {

	public Pull {
		events = List.copyOf(events);
		lockedByOthers = Set.copyOf(lockedByOthers);
		waiting = Map.copyOf(waiting);
	}

	/**
	 * An event that was pulled.
	 *
	 * @param bucket its bucket
	 * @param stored the event
	 * @param key what was locked for it
	 */
	public record Event(int bucket, StoredEvent stored, long key) {
	}

}
