package io.pyxbox.sample;

import java.util.List;

import io.pyxbox.OutboxEvent;

/**
 * The same class two versions later: an order has several lines and a currency, and the
 * type another name.
 */
@OutboxEvent(type = "order-accepted", version = 3, topic = "orders", partitionKey = "lines[0].product")
record OrderPlaced(long orderId, List<Line> lines, String currency) {

	record Line(String product, int quantity) {
	}

}
