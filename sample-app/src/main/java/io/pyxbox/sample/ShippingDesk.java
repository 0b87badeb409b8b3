package io.pyxbox.sample;

import io.pyxbox.IdempotentReceiver;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Profile;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.stereotype.Component;

/**
 * Ships what was ordered. It knows of orders by Kafka only, as another service would:
 * orders of one product come in the order in which they were placed, because they are in
 * the same partition.
 */
@Component
@Profile("kafka")
class ShippingDesk {

	private static final Logger logger = LoggerFactory.getLogger(ShippingDesk.class);

	private final JdbcClient jdbc;

	private final JsonMapper mapper;

	ShippingDesk(JdbcClient jdbc, JsonMapper mapper) {
		this.jdbc = jdbc;
		this.mapper = mapper;
	}

	@Bean
	static NewTopic ordersTopic() {
		return TopicBuilder.name("orders").partitions(3).replicas(1).build();
	}

	/**
	 * Ships an order. A record may come again, under the same id: then it is not called.
	 * @param record the order as JSON, with the attributes of CloudEvents as headers
	 */
	@KafkaListener(topics = "orders")
	@IdempotentReceiver(consumer = "shipping")
	void ship(ConsumerRecord<String, String> record) {
		OrderPlaced order = this.mapper.readValue(record.value(), OrderPlaced.class);
		this.jdbc.sql("insert into shipments values (?, ?, ?, ?, ?)")
			.params(order.orderId(), order.product(), order.quantity(), record.partition(), record.offset())
			.update();
		logger.info("Shipped order {}: {} x {}, from partition {}, offset {}", order.orderId(), order.quantity(),
				order.product(), record.partition(), record.offset());
	}

}
