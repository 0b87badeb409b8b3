package io.pyxbox.sample;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

class KafkaProfileTests {

	private static TestDatabase database;

	private static RunningSample sample;

	@BeforeAll
	static void start() {
		database = TestDatabase.create();
		sample = new RunningSample(database, "kafka");
	}

	@AfterAll
	static void stop() {
		sample.close();
		database.close();
	}

	@Test
	void ordersGoToKafkaAndComeBackInTheOrderOfTheirProduct() {
		List<Object> ids = List.of(sample.place("espresso", 2).get("id"), sample.place("filter", 1).get("id"),
				sample.place("espresso", 5).get("id"));

		eventually(() -> assertThat(sample.shipments()).extracting("orderId").containsAll(ids));

		List<Map<String, Object>> espressos = shipmentsOf("espresso");
		assertThat(espressos).extracting("orderId").containsExactly(ids.get(0), ids.get(2));
		assertThat(espressos).extracting("quantity").containsExactly(2, 5);
		assertThat(espressos).extracting("partition").containsOnly(espressos.get(0).get("partition"));
	}

	@Test
	void listenersInTheSameServiceGetThemAsWell() {
		Object id = sample.place("ristretto", 3).get("id");

		eventually(() -> assertThat(sample.orders()).extracting("id", "confirmation").contains(tuple(id, "SENT")));
		eventually(
				() -> assertThat(sample.inventory()).extracting("product", "stock").contains(tuple("ristretto", 97)));
		eventually(() -> assertThat(shipmentsOf("ristretto")).hasSize(1));
	}

	@Test
	void anOrderThatComesFromKafkaAgainIsNotShippedTwice() {
		Object id = sample.place("lungo", 2).get("id");
		eventually(() -> assertThat(shipmentsOf("lungo")).hasSize(1));

		sample.sendAgain("orders", "lungo");
		Object next = sample.place("lungo", 3).get("id");

		eventually(() -> assertThat(shipmentsOf("lungo")).extracting("orderId").contains(next));
		assertThat(shipmentsOf("lungo")).extracting("orderId").containsExactly(id, next);
	}

	private static List<Map<String, Object>> shipmentsOf(String product) {
		return sample.shipments().stream().filter((shipment) -> shipment.get("product").equals(product)).toList();
	}

	private static void eventually(Runnable assertion) {
		await().atMost(Duration.ofSeconds(60)).untilAsserted(assertion::run);
	}

}
