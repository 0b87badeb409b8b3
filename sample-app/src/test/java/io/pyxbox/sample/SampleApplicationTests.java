package io.pyxbox.sample;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

class SampleApplicationTests {

	private final TestDatabase database = TestDatabase.create();

	private ConfigurableApplicationContext application;

	private RestClient http;

	@BeforeEach
	void start() {
		this.application = SpringApplication.run(SampleApplication.class, "--server.port=0",
				"--spring.datasource.url=" + this.database.jdbcUrl(),
				"--spring.datasource.username=" + this.database.username(),
				"--spring.datasource.password=" + this.database.password());
		this.http = RestClient
			.create("http://localhost:" + this.application.getEnvironment().getProperty("local.server.port"));
	}

	@AfterEach
	void stop() {
		this.application.close();
		this.database.close();
	}

	@Test
	void ordersTurnIntoStockMovementsInTheirOrder() {
		place("espresso", 2);
		place("espresso", 5);
		place("filter", 101);

		eventually(() -> assertThat(get("/inventory")).containsExactly(
				Map.of("product", "espresso", "stock", 93, "movements", List.of(-2, -5)),
				Map.of("product", "filter", "stock", -1, "movements", List.of(-101))));
	}

	@Test
	void anOrderIsConfirmed() {
		Map<String, Object> placed = place("espresso", 2);

		assertThat(placed).containsEntry("confirmation", "PENDING");
		eventually(() -> assertThat(get("/orders")).singleElement()
			.satisfies((order) -> assertThat(order).containsEntry("id", placed.get("id"))
				.containsEntry("product", "espresso")
				.containsEntry("quantity", 2)
				.containsEntry("confirmation", "SENT")
				.containsEntry("attempts", 1)));
	}

	@Test
	void aConfirmationThatFailsIsRetriedAndHoldsBackItsProductOnly() {
		place("espresso", 3);
		place("espresso", 1);
		place("filter", 1);

		eventually(() -> assertThat(get("/orders"))
			.extracting((order) -> order.get("product"), (order) -> order.get("confirmation"),
					(order) -> order.get("attempts"))
			.containsExactly(tuple("filter", "SENT", 1), tuple("espresso", "PENDING", 0),
					tuple("espresso", "PENDING", 0)));
		eventually(
				() -> assertThat(get("/orders")).extracting((order) -> order.get("attempts")).containsExactly(1, 1, 2));
	}

	@Test
	void ordersAndStockAreThereAgainAfterARestart() {
		place("espresso", 2);
		eventually(() -> assertThat(get("/inventory")).hasSize(1));

		this.application.close();
		start();

		place("espresso", 5);
		eventually(() -> assertThat(get("/inventory"))
			.containsExactly(Map.of("product", "espresso", "stock", 93, "movements", List.of(-2, -5))));
		assertThat(get("/orders")).hasSize(2);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			textBlock = """
							{"product": "", "quantity": 2}               | Invalid order: product must not be blank
					{"quantity": 2}                              | Invalid order: product must not be blank
					{"product": "a\\u0000b", "quantity": 2}      | Invalid order: product must not contain control characters
					{"product": "espresso", "quantity": 0}       | Invalid order: quantity must be at least 1
					{"product": "espresso", "quantity": 1001}    | Invalid order: quantity must be at most 1000
					{"product": "espresso"}                      | Invalid order: quantity is missing
					{"product": "espresso", "quantity": "many"}  | The body must be JSON such as {"product": "espresso", "quantity": 2}
					{"product": "espresso", "quantity": 1.5}     | The body must be JSON such as {"product": "espresso", "quantity": 2}
					no JSON                                      | The body must be JSON such as {"product": "espresso", "quantity": 2}
					""")
	void badInputIsRefusedAndStoresNothing(String body, String detail) {
		ResponseEntity<ProblemDetail> response = this.http.post()
			.uri("/orders")
			.contentType(MediaType.APPLICATION_JSON)
			.body(body)
			.retrieve()
			.onStatus((status) -> true, (request, ignored) -> {
			})
			.toEntity(ProblemDetail.class);

		assertThat(response.getStatusCode()).isEqualTo(HttpStatus.BAD_REQUEST);
		assertThat(response.getBody()).extracting(ProblemDetail::getDetail).isEqualTo(detail);
		assertThat(get("/orders")).isEmpty();
	}

	private Map<String, Object> place(String product, int quantity) {
		return this.http.post()
			.uri("/orders")
			.body(Map.of("product", product, "quantity", quantity))
			.retrieve()
			.requiredBody(new ParameterizedTypeReference<>() {
			});
	}

	private List<Map<String, Object>> get(String path) {
		return this.http.get().uri(path).retrieve().requiredBody(new ParameterizedTypeReference<>() {
		});
	}

	private static void eventually(Runnable assertion) {
		await().atMost(Duration.ofSeconds(30)).untilAsserted(assertion::run);
	}

}
