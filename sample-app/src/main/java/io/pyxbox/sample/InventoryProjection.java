package io.pyxbox.sample;

import io.pyxbox.OutboxListener;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Takes what was ordered out of the stock. Each product begins with 100 pieces; a
 * negative stock has to be bought in.
 */
@Component
class InventoryProjection {

	private final JdbcClient jdbc;

	InventoryProjection(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Books an order. Both writes and the completion of the event commit in one
	 * transaction, so an order is booked exactly once, whatever crashes.
	 * @param order the order
	 */
	@OutboxListener(consumer = "inventory")
	void book(OrderPlaced order) {
		this.jdbc.sql("insert into stock_movements (product, quantity, order_id) values (?, ?, ?)")
			.params(order.product(), -order.quantity(), order.orderId())
			.update();
		this.jdbc.sql("""
				insert into inventory (product, stock) values (:product, 100 - :quantity)
				on conflict (product) do update set stock = inventory.stock - :quantity
				""").param("product", order.product()).param("quantity", order.quantity()).update();
	}

}
