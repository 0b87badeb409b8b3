package io.pyxbox.sample;

import java.util.List;

import org.springframework.context.annotation.Profile;
import org.springframework.jdbc.core.DataClassRowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The shipments over HTTP.
 */
@RestController
@Profile("kafka")
class ShipmentController {

	private final JdbcClient jdbc;

	ShipmentController(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	@GetMapping("/shipments")
	List<Shipment> shipments() {
		return this.jdbc.sql("""
				select order_id, product, quantity, partition_no as partition, record_offset as "offset"
				from shipments order by partition_no, record_offset
				""").query(DataClassRowMapper.newInstance(Shipment.class)).list();
	}

	/**
	 * An order that has come back from Kafka.
	 *
	 * @param orderId the order's number
	 * @param product what was ordered
	 * @param quantity how many of it
	 * @param partition the partition of the topic
	 * @param offset the place there
	 */
	record Shipment(long orderId, String product, int quantity, int partition, long offset) {
	}

}
