package io.pyxbox.dispatch;

import java.util.List;
import java.util.Map;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.StoredEvent;
import io.pyxbox.store.Subscription;

/**
 * A consumer as the engine sees it: what it takes, how it wants it, and where to deliver.
 * Called by several threads at the same time, for different lanes.
 */
public interface DeliveryTarget {

	/**
	 * Returns the consumer.
	 * @return the name under which its progress is kept
	 */
	ConsumerId consumer();

	/**
	 * Returns what the consumer takes.
	 * @return the subscription; must not change
	 */
	Subscription subscription();

	/**
	 * Returns up to which version it can decode events. Those of a later one stay for an
	 * instance that knows it, and hold back their key.
	 * @return the highest version of each type that is decoded; any of the types that are
	 * not among them
	 */
	default Map<String, Integer> knownVersions() {
		return Map.of();
	}

	/**
	 * Tells whether an event is of a version that only other instances know.
	 * @param event the event
	 * @return whether it has to wait for one of them
	 */
	default boolean isTooNew(StoredEvent event) {
		return event.version() > 1 && event.version() > knownVersions().getOrDefault(event.type(), Integer.MAX_VALUE);
	}

	/**
	 * Returns how the consumer wants its events.
	 * @return the settings; must not change
	 */
	DeliverySettings settings();

	/**
	 * Turns a stored event into what {@link #deliver} takes.
	 * @param event the event
	 * @return the decoded event
	 * @throws UndecodableEventException if that is not possible, now or later
	 */
	DecodedEvent decode(StoredEvent event);

	/**
	 * Delivers one event. Returning means that it is delivered.
	 * @param event the event
	 * @throws Exception if the delivery failed
	 */
	void deliver(DecodedEvent event) throws Exception;

	/**
	 * Delivers a chunk, all or nothing; called only if the consumer takes
	 * {@linkplain DeliverySettings#wholeChunks() whole chunks}.
	 * @param chunk the events, in order
	 * @throws Exception if the delivery failed
	 */
	void deliverAll(List<DecodedEvent> chunk) throws Exception;

}
