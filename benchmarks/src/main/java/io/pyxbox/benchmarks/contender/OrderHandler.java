package io.pyxbox.benchmarks.contender;

import java.util.List;

import io.pyxbox.benchmarks.event.Handler;
import io.pyxbox.benchmarks.event.Order;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The handler as a Spring bean: its row is inserted in the transaction that a library has
 * begun for it, or in one of its own if there is none.
 */
class OrderHandler {

	private final Handler handler;

	private final JdbcTemplate jdbc;

	OrderHandler(Handler handler, JdbcTemplate jdbc) {
		this.handler = handler;
		this.jdbc = jdbc;
	}

	void handle(Order order) {
		this.handler.handle(order, (number) -> this.jdbc.update(Handler.INSERT, number));
	}

	void handleAll(List<Order> orders) {
		this.handler.handleAll(orders, (all) -> this.jdbc.batchUpdate(Handler.INSERT,
				all.stream().map((order) -> new Object[] { order.number() }).toList()));
	}

}
