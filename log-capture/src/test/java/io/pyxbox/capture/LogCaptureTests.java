package io.pyxbox.capture;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.PublishOutcome;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.testdatabase.TestDatabase;
import io.pyxbox.testdatabase.TestDatabase.Server;
import org.apache.kafka.connect.source.SourceRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The way to log-based capture that {@code docs/scaling.md} describes: Debezium reads
 * events from the log of PostgreSQL, and pyxbox deletes them.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LogCaptureTests {

	private static final String PUBLICATION = """
			CREATE PUBLICATION pyxbox FOR TABLE events WHERE (topic IS NOT NULL) WITH (publish = 'insert');
			""";

	private static Server server;

	@TempDir
	private Path directory;

	private TestDatabase database;

	private ConfigurableApplicationContext application;

	@BeforeAll
	static void startServer() {
		server = Server.start(Map.of("wal_level", "logical"));
	}

	@AfterAll
	static void stopServer() throws Exception {
		server.close();
	}

	@BeforeEach
	void startApplication() {
		this.database = server.createDatabase();
		this.application = new SpringApplicationBuilder(App.class).web(WebApplicationType.NONE)
			.registerShutdownHook(false)
			.run("--spring.datasource.url=" + this.database.jdbcUrl(),
					"--spring.datasource.username=" + this.database.username(),
					"--spring.datasource.password=" + this.database.password(), "--pyxbox.publish.routes[0].topic=*",
					"--logging.level.root=warn", "--logging.level.io.debezium=warn");
		jdbc().sql(PUBLICATION).update();
	}

	@AfterEach
	void stopApplication() {
		this.application.close();
		await(() -> !isRead());
		number("select count(pg_drop_replication_slot(slot_name)) from pg_replication_slots");
		this.database.close();
	}

	@Test
	void anEventArrivesWithItsTopicItsKeyItsHeadersAndItsPayloadAsItIsStored() throws Exception {
		try (Relay relay = startRelay()) {
			EventId id = outbox().emit(new Placed("Ä", 1),
					EmitOptions.none().withTopic("orders").withHeader("tenant", "blue"));

			await(() -> relay.records().size() == 1);
			SourceRecord record = relay.records().get(0);
			assertThat(record.topic()).isEqualTo("orders");
			assertThat(record.key()).isEqualTo("Ä");
			assertThat(record.value()).isEqualTo("{\"key\": \"Ä\", \"number\": 1}");
			assertThat(headers(record)).containsEntry("ce_id", id.toString())
				.containsEntry("id", id.toString())
				.containsEntry("ce_type", "placed")
				.containsEntry("ce_subject", "Ä")
				.containsEntry("ce_source", "orders")
				.containsEntry("content-type", "application/json")
				.containsEntry("headers", "{\"tenant\": \"blue\"}")
				.containsKey("ce_time");
			await(() -> waiting() == 0);
		}
	}

	@Test
	void whatIsEmittedDeliveredAndDeletedWhileNobodyReadsTheLogArrivesLater() throws Exception {
		startRelay().close();
		emit("orders", 1, 500);
		await(() -> waiting() == 0);

		try (Relay relay = startRelay()) {
			await(() -> relay.records().size() >= 1_000);
			assertThat(numbers(relay.records(), "a")).isEqualTo(range(1, 500));
			assertThat(numbers(relay.records(), "b")).isEqualTo(range(1, 500));
		}
	}

	@Test
	void aRelayThatIsStartedAgainGoesOnWhereItWasAndRepeatsAtMost() throws Exception {
		List<SourceRecord> records = new ArrayList<>();
		for (int run = 0; run < 3; run++) {
			try (Relay relay = startRelay()) {
				int before = records.size();
				emit("orders", run * 100 + 1, run * 100 + 100);
				await(() -> relay.records().size() >= 200);
				records.addAll(relay.records());
				assertThat(records).hasSizeGreaterThanOrEqualTo(before + 200);
			}
		}

		assertThat(numbers(records, "a").stream().distinct()).containsExactlyElementsOf(range(1, 300));
		assertThat(numbers(records, "b").stream().distinct()).containsExactlyElementsOf(range(1, 300));
	}

	@Test
	void deletionsUpdatesAndEventsWithoutATopicAreNotSeen() throws Exception {
		try (Relay relay = startRelay()) {
			outbox().emit(new Placed("a", 1));
			emit("orders", 2, 50);
			await(() -> waiting() == 0 && this.application.getBean(Local.class).numbers().size() == 99);

			emit("orders", 51, 51);

			await(() -> numbers(relay.records(), "a").contains(51) && numbers(relay.records(), "b").contains(51));
			assertThat(numbers(relay.records(), "a")).isEqualTo(range(2, 51));
			assertThat(numbers(relay.records(), "b")).isEqualTo(range(2, 51));
		}
	}

	@Test
	void theDocumentsSayWhatIsTested() throws Exception {
		String documents = Files.readString(Path.of("../docs/scaling.md"));

		assertThat(documents).contains(PUBLICATION);
		try (InputStream settings = Relay.class.getResourceAsStream("/outbox-connector.properties")) {
			assertThat(documents).contains(new String(settings.readAllBytes(), StandardCharsets.UTF_8));
		}
	}

	private Relay startRelay() {
		await(() -> !isRead());
		Relay relay = Relay.start(this.database, this.directory.resolve("offsets"));
		await(() -> isRead() || !relay.records().isEmpty());
		return relay;
	}

	/** The server notices only after a while that nobody reads any more. */
	private boolean isRead() {
		return number("select count(*) from pg_replication_slots where active") == 1;
	}

	private int number(String query) {
		return JdbcClient.create(this.database.dataSource()).sql(query).query(Integer.class).single();
	}

	private JdbcClient jdbc() {
		return this.application.getBean(JdbcClient.class);
	}

	private TransactionalOutbox outbox() {
		return this.application.getBean(TransactionalOutbox.class);
	}

	private int waiting() {
		return jdbc().sql("select count(*) from events").query(Integer.class).single();
	}

	/** Emits events of two keys, each in a transaction of its own. */
	private void emit(String topic, int from, int to) {
		range(from, to).forEach((number) -> List.of("a", "b")
			.forEach((key) -> outbox().emit(new Placed(key, number), EmitOptions.none().withTopic(topic))));
	}

	private static List<Integer> range(int from, int to) {
		return IntStream.rangeClosed(from, to).boxed().toList();
	}

	private static List<Integer> numbers(List<SourceRecord> records, String key) {
		return records.stream()
			.filter((record) -> key.equals(record.key()))
			.map((record) -> Integer.valueOf(record.value().toString().replaceAll("\\D", "")))
			.toList();
	}

	private static Map<String, Object> headers(SourceRecord record) {
		Map<String, Object> headers = new HashMap<>();
		record.headers().forEach((header) -> headers.put(header.key(), String.valueOf(header.value())));
		return headers;
	}

	private static void await(BooleanSupplier condition) {
		Awaitility.await().atMost(Duration.ofSeconds(60)).until(condition::getAsBoolean);
	}

	@OutboxEvent(type = "placed", partitionKey = "key")
	record Placed(String key, int number) {
	}

	record Local(List<Integer> numbers) {

		@OutboxListener(consumer = "local")
		void on(Placed event) {
			this.numbers.add(event.number());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		EventPublisher kafka() {
			return (events) -> Collections.nCopies(events.size(), PublishOutcome.acked());
		}

		@Bean
		Local local() {
			return new Local(new CopyOnWriteArrayList<>());
		}

	}

}
