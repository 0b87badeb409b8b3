package io.pyxbox.sample;

import java.util.List;

import io.pyxbox.EventMetadata;
import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;

import tools.jackson.databind.node.ObjectNode;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The sample two versions later.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class Sample {

	private final JdbcClient jdbc;

	public Sample(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	public static void order(TransactionalOutbox outbox, long id, String product, int quantity) {
		outbox.emit(new OrderPlaced(id, List.of(new OrderPlaced.Line(product, quantity)), "CHF"));
	}

	@OutboxListener(consumer = "inventory")
	void book(OrderPlaced order, EventMetadata metadata) {
		this.jdbc.sql("insert into seen (by, event, key, type, version) values ('v3', ?, ?, ?, ?)")
			.params(order.toString(), metadata.partitionKey(), metadata.type(), metadata.version())
			.update();
	}

	@Bean
	static EventUpcaster severalLines() {
		return EventUpcaster.of("order-placed", 1, (order) -> {
			ObjectNode line = order.putArray("lines").addObject();
			line.set("product", order.remove("product"));
			line.set("quantity", order.remove("quantity"));
		});
	}

	@Bean
	static EventUpcaster acceptedInSomeCurrency() {
		return EventUpcaster.renaming("order-placed", 2, "order-accepted", (order) -> order.put("currency", "EUR"));
	}

}
