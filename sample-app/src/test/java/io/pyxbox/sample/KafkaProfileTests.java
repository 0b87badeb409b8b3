package io.pyxbox.sample;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class KafkaProfileTests {

	private final TestDatabase database = TestDatabase.create();

	private final RunningSample sample = new RunningSample(this.database, "kafka");

	@AfterEach
	void stop() {
		this.sample.close();
		this.database.close();
	}

	@Test
	void ordersGoToKafkaAndComeBackInTheOrderOfTheirProduct() {
		List<Object> ids = List.of(this.sample.place("espresso", 2).get("id"), this.sample.place("filter", 1).get("id"),
				this.sample.place("espresso", 5).get("id"));

		eventually(() -> assertThat(this.sample.shipments()).hasSize(3));

		List<Map<String, Object>> espressos = this.sample.shipments()
			.stream()
			.filter((shipment) -> shipment.get("product").equals("espresso"))
			.toList();
		assertThat(espressos).extracting((shipment) -> shipment.get("orderId")).containsExactly(ids.get(0), ids.get(2));
		assertThat(espressos).extracting((shipment) -> shipment.get("quantity")).containsExactly(2, 5);
		assertThat(espressos).extracting((shipment) -> shipment.get("partition"))
			.hasSize(2)
			.containsOnly(espressos.get(0).get("partition"));
	}

	@Test
	void listenersInTheSameServiceGetThemAsWell() {
		this.sample.place("espresso", 3);

		eventually(() -> assertThat(this.sample.orders()).extracting((order) -> order.get("confirmation"))
			.containsExactly("SENT"));
		eventually(() -> assertThat(this.sample.inventory()).hasSize(1));
		eventually(() -> assertThat(this.sample.shipments()).hasSize(1));
	}

	private static void eventually(Runnable assertion) {
		await().atMost(Duration.ofSeconds(60)).untilAsserted(assertion::run);
	}

}
