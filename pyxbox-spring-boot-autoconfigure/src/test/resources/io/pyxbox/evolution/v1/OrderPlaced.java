package io.pyxbox.sample;

import io.pyxbox.OutboxEvent;

/**
 * Tells that an order was placed, as the sample did in its first version.
 */
@OutboxEvent(type = "order-placed", topic = "orders", partitionKey = "product")
record OrderPlaced(long orderId, String product, int quantity) {
}
