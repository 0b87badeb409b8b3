package io.pyxbox.sample;

import io.pyxbox.OutboxEvent;

/**
 * Tells that an order was placed. Orders of one product are handled in the order in which
 * they were placed, those of different products at the same time.
 *
 * @param orderId the order's number
 * @param product what was ordered
 * @param quantity how many of it
 */
@OutboxEvent(type = "order-placed", topic = "orders", partitionKey = "product")
record OrderPlaced(long orderId, String product, int quantity) {
}
