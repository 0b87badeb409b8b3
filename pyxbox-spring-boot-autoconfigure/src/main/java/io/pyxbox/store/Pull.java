package io.pyxbox.store;

import java.util.List;

/**
 * What was pulled.
 *
 * @param events the events, in the order of their ids
 * @param deeper whether a look at more events of each bucket could find more
 * @param failing whether a delivery to the consumer is failing: then some events were
 * passed over
 * @param lowestIds for each bucket the lowest id that was found, pulled or not, or
 * {@link Long#MAX_VALUE} if there was none
 */
public record Pull(List<Event> events, boolean deeper, boolean failing, long[] lowestIds) {

	public Pull {
		events = List.copyOf(events);
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
