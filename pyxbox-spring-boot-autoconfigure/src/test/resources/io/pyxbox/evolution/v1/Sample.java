package io.pyxbox.sample;

import io.pyxbox.OutboxListener;
import io.pyxbox.Retry;
import io.pyxbox.TransactionalOutbox;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The sample in its first version, and with a few faults.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class Sample {

	private final JdbcClient jdbc;

	public Sample(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	public static void order(TransactionalOutbox outbox, long id, String product, int quantity) {
		outbox.emit(new OrderPlaced(id, product, quantity));
	}

	@OutboxListener(consumer = "inventory",
			retry = @Retry(maxAttempts = 1_000_000, excludes = UnsupportedOperationException.class))
	void book(OrderPlaced order) {
		if (order.product().startsWith("failing")) {
			throw new IllegalStateException("out of stock");
		}
		if (order.product().startsWith("unknown")) {
			throw new UnsupportedOperationException("no such product");
		}
		this.jdbc.sql("insert into seen (by, event, key) values ('v1', ?, ?)")
			.params(order.toString(), order.product())
			.update();
	}

}
