package io.pyxbox.sample;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.kafka.core.ConsumerFactory;
import org.springframework.kafka.core.KafkaTemplate;
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

	/**
	 * What a service does that dies between Kafka's acknowledgement and its own commit.
	 */
	@SuppressWarnings("unchecked")
	void sendAgain(String topic, String key) {
		ConsumerFactory<String, String> consumers = this.application.getBean(ConsumerFactory.class);
		KafkaTemplate<String, String> producer = this.application.getBean(KafkaTemplate.class);
		try (Consumer<String, String> consumer = consumers.createConsumer("again", null)) {
			consumer.subscribe(List.of(topic));
			List<ConsumerRecord<String, String>> found = new ArrayList<>();
			while (found.isEmpty()) {
				consumer.poll(Duration.ofSeconds(1)).forEach((record) -> {
					if (record.key().equals(key)) {
						found.add(record);
					}
				});
			}
			ConsumerRecord<String, String> record = found.get(0);
			producer.send(new ProducerRecord<>(topic, record.partition(), key, record.value(), record.headers()))
				.join();
		}
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
