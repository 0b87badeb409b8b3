package io.pyxbox.sample;

import java.util.List;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.web.client.RestClient;

/**
 * The whole application on a port of its own, and a client for it.
 */
final class RunningSample implements AutoCloseable {

	private final ConfigurableApplicationContext application;

	private final RestClient http;

	RunningSample(TestDatabase database, String... profiles) {
		this.application = SpringApplication.run(SampleApplication.class, "--server.port=0",
				"--spring.datasource.url=" + database.jdbcUrl(), "--spring.datasource.username=" + database.username(),
				"--spring.datasource.password=" + database.password(),
				"--spring.profiles.active=" + String.join(",", profiles));
		this.http = RestClient
			.create("http://localhost:" + this.application.getEnvironment().getProperty("local.server.port"));
	}

	RestClient http() {
		return this.http;
	}

	Map<String, Object> place(String product, int quantity) {
		return this.http.post()
			.uri("/orders")
			.body(Map.of("product", product, "quantity", quantity))
			.retrieve()
			.requiredBody(new ParameterizedTypeReference<>() {
			});
	}

	List<Map<String, Object>> orders() {
		return get("/orders");
	}

	List<Map<String, Object>> inventory() {
		return get("/inventory");
	}

	List<Map<String, Object>> shipments() {
		return get("/shipments");
	}

	private List<Map<String, Object>> get(String path) {
		return this.http.get().uri(path).retrieve().requiredBody(new ParameterizedTypeReference<>() {
		});
	}

	@Override
	public void close() {
		this.application.close();
	}

}
