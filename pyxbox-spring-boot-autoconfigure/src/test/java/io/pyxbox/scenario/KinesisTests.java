package io.pyxbox.scenario;

import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.publish.kinesis.FlakyKinesisClient;
import io.pyxbox.publish.kinesis.KinesisServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * The promises for events that leave for Kinesis.
 */
class KinesisTests extends RelayScenario {

	private static final AtomicInteger topics = new AtomicInteger();

	private static KinesisServer server;

	private final String topic = "orders-" + topics.incrementAndGet();

	@BeforeAll
	static void startServer() {
		server = KinesisServer.start();
	}

	@BeforeEach
	void createStream() {
		server.createStream(this.topic, 64);
	}

	@AfterAll
	static void stopServer() {
		server.close();
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
		return server.read(this.topic).stream().map(KinesisTests::arrival).toList();
	}

	private static Arrival arrival(Record record) {
		JsonNode document = JsonMapper.shared().readTree(record.data().asUtf8String());
		return new Arrival(document.path("id").asString(),
				JsonMapper.shared().treeToValue(document.path("data"), Counted.class));
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
		return 2_000;
	}

	@Override
	boolean leavesOutRepeats() {
		return false;
	}

	@Override
	String reasonOfTooLarge() {
		return "1048576";
	}

	@Test
	void anEventArrivesWithItsKeyItsHeadersAndItsPayloadAsItIsStored() {
		TestApplication application = start(App.class, relay("spring.application.name=orders"));

		EventId id = application.outbox()
			.emit(new Counted("Ä", 1), EmitOptions.none().withTopic(this.topic).withHeader("tenant", "blue"));

		await().until(() -> this.tables.events() == 0);
		assertThat(server.read(this.topic)).singleElement().satisfies((record) -> {
			JsonNode document = JsonMapper.shared().readTree(record.data().asUtf8String());
			assertThat(record.partitionKey()).isEqualTo("Ä");
			assertThat(record.data().asUtf8String()).contains("\"data\":{\"key\": \"Ä\", \"number\": 1}");
			assertThat(document.path("id").asString()).isEqualTo(id.toString());
			assertThat(document.path("source").asString()).isEqualTo("orders");
			assertThat(document.path("headers").asString()).isEqualTo("{\"tenant\":\"blue\"}");
		});
	}

	@Test
	void aStreamThatARouteNamesAndThatThereIsNotStopsTheStart() {
		assertThatThrownBy(() -> start(App.class, relay("pyxbox.publish.routes[0].destination=absent")))
			.hasStackTraceContaining(
					"'pyxbox.publish.routes[0]' (topic '*') leads to 'absent': Kinesis has no such stream in the region and "
							+ "the account of the");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		KinesisAsyncClient kinesisClient(@Value("${test.endpoint}") String endpoint) {
			return KinesisServer.client(endpoint);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import({ App.class, DeadlyPublisher.class })
	static class Deadly {

	}

	/**
	 * Shards are too busy now and then.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Flaky {

		@Bean
		KinesisAsyncClient kinesisClient(@Value("${test.endpoint}") String endpoint) {
			Random random = new Random(1);
			return new FlakyKinesisClient(KinesisServer.client(endpoint), (record) -> switch (random.nextInt(20)) {
				case 0 -> "ProvisionedThroughputExceededException";
				case 1 -> "InternalFailure";
				default -> null;
			});
		}

	}

}
