package io.pyxbox.dispatch;

import java.time.Duration;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.StoredEvent;

/**
 * Is told what became of deliveries, after it was committed. Called by several threads.
 */
public interface DeliveryObserver {

	/**
	 * A delivery failed and will be tried again.
	 * @param consumer the consumer
	 * @param event the event
	 * @param nextAttemptIn how long it waits
	 * @param cause what went wrong
	 */
	void willRetry(ConsumerId consumer, StoredEvent event, Duration nextAttemptIn, Throwable cause);

	/**
	 * A delivery was given up: there is a dead letter now.
	 * @param consumer the consumer
	 * @param event the event
	 * @param cause what went wrong
	 */
	void gaveUp(ConsumerId consumer, StoredEvent event, Throwable cause);

	/**
	 * A consumer is paused: its destination seems to be down.
	 * @param consumer the consumer
	 * @param cause what its last delivery failed with
	 */
	void paused(ConsumerId consumer, Throwable cause);

	/**
	 * A paused consumer goes on: a delivery has succeeded.
	 * @param consumer the consumer
	 */
	void resumed(ConsumerId consumer);

}
