package io.pyxbox.dispatch;

import io.pyxbox.DeliveryIsolation;

/**
 * How a consumer wants its events.
 *
 * @param transactional whether it is called in the transaction that completes the event
 * @param isolation how events of one transaction are kept apart
 * @param wholeChunks whether it takes a chunk at once instead of event by event
 * @param lanes how many of its lanes one instance works on at the same time
 * @param calls how many calls of it one instance makes at the same time, if it is not
 * transactional
 * @param failures what follows when a delivery fails
 */
public record DeliverySettings(boolean transactional, DeliveryIsolation isolation, boolean wholeChunks, int lanes,
		int calls, FailurePolicy failures) {
}
