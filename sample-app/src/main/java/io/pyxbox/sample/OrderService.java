package io.pyxbox.sample;

import java.util.List;

import io.pyxbox.TransactionalOutbox;

import org.springframework.jdbc.core.DataClassRowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Places orders and tells of them.
 */
@Service
class OrderService {

	private final JdbcClient jdbc;

	private final TransactionalOutbox outbox;

	OrderService(JdbcClient jdbc, TransactionalOutbox outbox) {
		this.jdbc = jdbc;
		this.outbox = outbox;
	}

	/**
	 * Stores an order and emits {@link OrderPlaced}: either both happen or neither does.
	 * @param request a valid request
	 * @return the stored order
	 */
	@Transactional
	Order place(OrderRequest request) {
		Order order = this.jdbc.sql("insert into orders (product, quantity) values (?, ?) returning *")
			.params(request.product(), request.quantity())
			.query(Order.class)
			.single();
		this.outbox.emit(new OrderPlaced(order.id(), order.product(), order.quantity()));
		return order;
	}

	/**
	 * Returns the orders.
	 * @return the newest 100, newest first
	 */
	List<Order> newest() {
		return this.jdbc.sql("select * from orders order by id desc limit 100")
			.query(DataClassRowMapper.newInstance(Order.class))
			.list();
	}

}
