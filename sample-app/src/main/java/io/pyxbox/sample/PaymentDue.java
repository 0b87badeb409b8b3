package io.pyxbox.sample;

import io.pyxbox.OutboxEvent;

/**
 * Tells that an order should have been paid by now. It is delayed, and cancelled if the
 * order is paid before.
 *
 * @param orderId the order's number
 */
@OutboxEvent(type = "payment-due", partitionKey = "orderId")
record PaymentDue(long orderId) {
}
