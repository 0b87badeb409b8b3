package io.pyxbox.dispatch;

import java.util.List;

import io.pyxbox.PublishOutcome;

/**
 * A consumer that takes many events at once, of any keys and of several lanes, and says
 * of each what became of it. It is not transactional. One that takes
 * {@linkplain DeliverySettings#calls() n calls} gets about as many events at a time.
 */
public interface BatchTarget extends DeliveryTarget {

	/**
	 * Tells whether there is anything to deliver. If not, the event is complete for this
	 * consumer without a call.
	 * @param event an event that the consumer takes
	 * @return whether it is to be delivered
	 */
	boolean concerns(DecodedEvent event);

	/**
	 * Delivers events.
	 * @param batch the events, those of one key in order
	 * @return an outcome for each event, in the same order
	 * @throws Exception if nothing is known of any of them
	 */
	List<PublishOutcome> deliverBatch(List<DecodedEvent> batch) throws Exception;

	@Override
	default void deliver(DecodedEvent event) {
		throw new UnsupportedOperationException("Takes batches");
	}

	@Override
	default void deliverAll(List<DecodedEvent> chunk) {
		throw new UnsupportedOperationException("Takes batches");
	}

}
