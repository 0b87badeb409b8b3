package io.pyxbox.sample;

import io.pyxbox.OutboxEvent;

/**
 * Tells that an order was paid. {@link Payment} registers it, and nobody emits it by
 * hand.
 *
 * @param orderId the order's number
 */
@OutboxEvent(type = "order-paid", partitionKey = "orderId")
record OrderPaid(long orderId) {
}
