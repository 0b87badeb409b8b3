package io.pyxbox.scenario;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.publish.sqs.FlakySqsClient;
import io.pyxbox.publish.sqs.SqsServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The promises for events that leave for SQS, into FIFO queues.
 */
class SqsTests extends RelayScenario {

	private static final AtomicInteger topics = new AtomicInteger();

	private static SqsServer server;

	private String topic;

	@BeforeAll
	static void startServer() {
		server = SqsServer.start();
	}

	@BeforeEach
	void createQueue() {
		this.topic = newTopic(topics.incrementAndGet());
		server.createQueue(this.topic);
	}

	@AfterAll
	static void stopServer() {
		server.close();
	}

	String newTopic(int number) {
		return "orders-" + number + ".fifo";
	}

	@Override
	Class<?> application() {
		return App.class;
	}

	@Override
	Class<?> deadlyApplication() {
		return Deadly.class;
	}

	@Override
	Class<?> flakyApplication() {
		return Flaky.class;
	}

	@Override
	List<String> properties() {
		return List.of("test.endpoint=" + server.endpoint());
	}

	@Override
	String topic() {
		return this.topic;
	}

	@Override
	List<Arrival> arrivals() {
		return server.read(this.topic)
			.stream()
			.map((message) -> new Arrival(attribute(message, "ce_id"),
					JsonMapper.shared().readValue(message.body(), Counted.class)))
			.toList();
	}

	@Override
	void takeDown() {
		server.disappear();
	}

	@Override
	void bringBack() {
		server.reappear();
	}

	@Override
	int keysOfAPile() {
		return 1_000;
	}

	@Override
	boolean leavesOutRepeats() {
		return true;
	}

	@Override
	String reasonOfTooLarge() {
		return "MessageTooLong";
	}

	@Test
	void anEventArrivesWithItsKeyItsHeadersAndItsPayloadAsItIsStored() {
		TestApplication application = start(App.class, relay("spring.application.name=orders"));

		EventId id = application.outbox()
			.emit(new Counted("Ä", 1), EmitOptions.none().withTopic(this.topic).withHeader("tenant", "blue"));

		await().until(() -> this.tables.events() == 0);
		assertThat(server.read(this.topic)).singleElement().satisfies((message) -> {
			assertThat(message.body()).isEqualTo("{\"key\": \"Ä\", \"number\": 1}");
			assertThat(attribute(message, "ce_id")).isEqualTo(id.toString());
			assertThat(attribute(message, "ce_subject")).isEqualTo("Ä");
			assertThat(attribute(message, "ce_source")).isEqualTo("orders");
			assertThat(attribute(message, "tenant")).isEqualTo("blue");
		});
	}

	@Test
	void aQueueThatARouteNamesAndThatThereIsNotStopsTheStart() {
		assertThatThrownBy(() -> start(App.class, relay("pyxbox.publish.routes[0].destination=absent")))
			.hasStackTraceContaining(
					"'pyxbox.publish.routes[0]' (topic '*') leads to 'absent': SQS has no such queue in the region and "
							+ "the account of the");
	}

	private static String attribute(Message message, String name) {
		return message.messageAttributes().get(name).stringValue();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		SqsAsyncClient sqsClient(@Value("${test.endpoint}") String endpoint) {
			return SqsServer.client(endpoint);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ App.class, DeadlyPublisher.class })
	static class Deadly {

	}

	/**
	 * SQS is short of something now and then.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Flaky {

		@Bean
		SqsAsyncClient sqsClient(@Value("${test.endpoint}") String endpoint) {
			Random random = new Random(1);
			return new FlakySqsClient(SqsServer.client(endpoint), (message) -> refusal(random.nextInt(20)));
		}

		private static Optional<BatchResultErrorEntry> refusal(int number) {
			return switch (number) {
				case 0 -> FlakySqsClient.refused("RequestThrottled", true);
				case 1 -> FlakySqsClient.refused("InternalError", false);
				default -> Optional.empty();
			};
		}

	}

}
