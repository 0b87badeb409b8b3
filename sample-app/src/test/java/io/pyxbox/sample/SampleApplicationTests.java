package io.pyxbox.sample;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

class SampleApplicationTests {

	private final TestDatabase database = TestDatabase.create();

	private RunningSample sample = new RunningSample(this.database);

	@AfterEach
	void stop() {
		this.sample.close();
		this.database.close();
	}

	@Test
	void ordersTurnIntoStockMovementsInTheirOrder() {
		this.sample.place("espresso", 2);
		this.sample.place("espresso", 5);
		this.sample.place("filter", 101);

		eventually(() -> assertThat(this.sample.inventory()).containsExactly(
				Map.of("product", "espresso", "stock", 93, "movements", List.of(-2, -5)),
				Map.of("product", "filter", "stock", -1, "movements", List.of(-101))));
	}

	@Test
	void anOrderIsConfirmed() {
		Map<String, Object> placed = this.sample.place("espresso", 2);

		assertThat(placed).containsEntry("confirmation", "PENDING").containsKeys("id", "placedAt");
		eventually(() -> assertThat(this.sample.orders()).singleElement()
			.satisfies((order) -> assertThat(order).containsEntry("id", placed.get("id"))
				.containsEntry("product", "espresso")
				.containsEntry("quantity", 2)
				.containsEntry("confirmation", "SENT")
				.containsEntry("attempts", 1)));
	}

	@Test
	void aConfirmationThatFailsIsRetriedAndHoldsBackItsProductOnly() {
		this.sample.place("espresso", 3);
		this.sample.place("espresso", 1);
		this.sample.place("filter", 1);

		eventually(() -> assertThat(this.sample.orders()).extracting("product", "confirmation", "attempts")
			.containsExactly(tuple("filter", "SENT", 1), tuple("espresso", "PENDING", 0),
					tuple("espresso", "PENDING", 0)));
		eventually(() -> assertThat(this.sample.orders()).extracting("product", "confirmation", "attempts")
			.containsExactly(tuple("filter", "SENT", 1), tuple("espresso", "SENT", 1), tuple("espresso", "SENT", 2)));
	}

	@Test
	void aCustomerIsRemindedOfWhatIsNotPaid() {
		Map<String, Object> paid = this.sample.place("espresso", 1);
		this.sample.pay(paid.get("id"));
		this.sample.place("espresso", 2);

		eventually(() -> assertThat(this.sample.orders()).extracting("quantity", "paid", "reminded")
			.containsExactly(tuple(2, false, true), tuple(1, true, false)));
	}

	@Test
	void aPaymentLeadsToOneReceiptHoweverOftenItIsBooked() {
		Map<String, Object> placed = this.sample.place("espresso", 1);

		this.sample.pay(placed.get("id"));
		this.sample.pay(placed.get("id"));

		eventually(() -> assertThat(waiting()).isZero());
		assertThat(this.sample.orders()).extracting("paid", "receipts").containsExactly(tuple(true, 1));
	}

	@Test
	void ordersAndStockAreThereAgainAfterARestart() {
		this.sample.place("espresso", 2);
		eventually(() -> assertThat(this.sample.inventory()).hasSize(1));

		this.sample.close();
		this.sample = new RunningSample(this.database);

		this.sample.place("espresso", 5);
		eventually(() -> assertThat(this.sample.inventory())
			.containsExactly(Map.of("product", "espresso", "stock", 93, "movements", List.of(-2, -5))));
		assertThat(this.sample.orders()).hasSize(2);
	}

	private long waiting() {
		return JdbcClient.create(this.database.dataSource())
			.sql("select count(*) from order_events")
			.query(Long.class)
			.single();
	}

	private static void eventually(Runnable assertion) {
		await().atMost(Duration.ofSeconds(30)).untilAsserted(assertion::run);
	}

}
