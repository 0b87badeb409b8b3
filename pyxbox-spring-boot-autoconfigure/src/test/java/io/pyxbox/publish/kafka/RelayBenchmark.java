package io.pyxbox.publish.kafka;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.sql.DataSource;

import io.pyxbox.ConsumerId;
import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.testdatabase.TestDatabase;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Measures what the relay costs: a producer as Kafka has it by default, with five
 * requests in flight, sends from memory, then two threads relay the same bytes from a
 * backlog as one would by hand (a thousand events by one {@code DELETE ... RETURNING} and
 * one commit; no order, no retries), then pyxbox does; in turns. The broker has a JVM of
 * its own, and PostgreSQL is durable. Run by hand; arguments:
 * {@code [events] [repetitions]}.
 */
final class RelayBenchmark implements AutoCloseable {

	private static final Map<String, String> DURABLE = Map.of("fsync", "on", "synchronous_commit", "on");

	private static final int KEYS = 1_000;

	private static final int CHUNK = 10_000;

	private static final String TAKE = """
			DELETE FROM events WHERE (bucket, id) IN (
			  SELECT bucket, id FROM events ORDER BY bucket, id LIMIT 1000 FOR UPDATE SKIP LOCKED)
			RETURNING event_id, partition_key, payload
			""";

	private static final String FILLING = "x".repeat(200);

	private final int events;

	private final String servers;

	private final Admin admin;

	private final KafkaConsumer<byte[], byte[]> consumer;

	private final ConfigurableApplicationContext context;

	private int topics;

	private RelayBenchmark(int events, String servers, TestDatabase database) {
		this.events = events;
		this.servers = servers;
		this.admin = Admin.create(Map.of("bootstrap.servers", servers));
		this.consumer = new KafkaConsumer<>(Map.of("bootstrap.servers", servers), new ByteArrayDeserializer(),
				new ByteArrayDeserializer());
		this.context = new SpringApplicationBuilder(Relay.class).web(WebApplicationType.NONE)
			.run("--spring.datasource.url=" + database.jdbcUrl(), "--spring.datasource.username=" + database.username(),
					"--spring.datasource.password=" + database.password(), "--pyxbox.poller.auto-startup=false",
					"--pyxbox.publish.routes[0].topic=*", "--pyxbox.publish.routes[0].publisher=kafka",
					"--spring.kafka.bootstrap-servers=" + servers,
					"--spring.autoconfigure.exclude="
							+ "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration,"
							+ "org.springframework.boot.liquibase.autoconfigure.LiquibaseAutoConfiguration,"
							+ "org.springframework.boot.hibernate.autoconfigure.HibernateJpaAutoConfiguration,"
							+ "org.springframework.boot.data.jpa.autoconfigure.DataJpaRepositoriesAutoConfiguration,"
							+ "org.springframework.boot.jooq.autoconfigure.JooqAutoConfiguration",
					"--logging.level.root=warn", "--logging.level.org.apache.kafka=off",
					"--spring.main.banner-mode=off");
	}

	/**
	 * Runs it.
	 * @param arguments the number of events (200,000 by default), and of repetitions (5
	 * by default); {@code broker} for the JVM of the broker
	 * @throws Exception if something failed
	 */
	public static void main(String[] arguments) throws Exception {
		if (Arrays.equals(arguments, new String[] { "broker" })) {
			serve();
			return;
		}
		int events = (arguments.length > 0) ? Integer.parseInt(arguments[0]) : 200_000;
		int repetitions = (arguments.length > 1) ? Integer.parseInt(arguments[1]) : 5;
		Process broker = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-Xmx1g", "-cp", System.getProperty("java.class.path"), RelayBenchmark.class.getName(), "broker")
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		try (BufferedReader said = broker.inputReader();
				TestDatabase.Server server = TestDatabase.Server.start(DURABLE);
				TestDatabase database = server.createDatabase();
				RelayBenchmark benchmark = new RelayBenchmark(events, addressIn(said), database)) {
			benchmark.compare(repetitions);
		}
		finally {
			broker.destroy();
		}
	}

	private static void serve() throws IOException {
		try (KafkaBroker broker = KafkaBroker.start()) {
			System.out.println("servers=" + broker.servers());
			// Until whoever has started it is gone.
			new InputStreamReader(System.in, StandardCharsets.UTF_8).read();
		}
	}

	private static String addressIn(BufferedReader said) throws IOException {
		for (String line = said.readLine(); line != null; line = said.readLine()) {
			if (line.startsWith("servers=")) {
				return line.substring("servers=".length());
			}
		}
		throw new IllegalStateException("The broker did not start");
	}

	private void compare(int repetitions) throws Exception {
		double[][] rates = new double[3][repetitions];
		// The first of each warms up.
		for (int i = -1; i < repetitions; i++) {
			double[] round = { fromMemory(), byHand(), relay() };
			print((i < 0) ? "warm-up" : "round " + (i + 1), round);
			for (int contender = 0; contender < round.length && i >= 0; contender++) {
				rates[contender][i] = round[contender];
			}
		}
		print("median", Arrays.stream(rates).mapToDouble(RelayBenchmark::median).toArray());
	}

	private static void print(String what, double[] rates) {
		System.out.printf(
				"%s: from memory %,.0f/s, by hand %,.0f/s, pyxbox %,.0f/s = %.2f of memory, %.2f of by hand%n", what,
				rates[0], rates[1], rates[2], rates[2] / rates[0], rates[2] / rates[1]);
	}

	private double fromMemory() {
		String topic = newTopic();
		KafkaRecords records = new KafkaRecords(this.context.getBean(CloudEventFormat.class), List.of());
		List<ProducerRecord<byte[], byte[]>> memory = IntStream.range(0, this.events)
			.mapToObj((i) -> records.of(outgoing(topic, i)))
			.toList();
		try (Producer<byte[], byte[]> producer = producer()) {
			producer.partitionsFor(topic);
			long startedAt = System.nanoTime();
			memory.forEach(producer::send);
			producer.flush();
			return rate(startedAt, topic);
		}
	}

	private double byHand() throws Exception {
		String topic = newTopic();
		fill(topic);
		KafkaRecords records = new KafkaRecords(this.context.getBean(CloudEventFormat.class), List.of());
		try (Producer<byte[], byte[]> producer = producer()) {
			producer.partitionsFor(topic);
			long startedAt = System.nanoTime();
			List<CompletableFuture<Void>> threads = Stream
				.generate(() -> CompletableFuture.runAsync(() -> relayByHand(topic, records, producer)))
				.limit(2)
				.toList();
			for (CompletableFuture<Void> thread : threads) {
				thread.get();
			}
			return rate(startedAt, topic);
		}
	}

	private Producer<byte[], byte[]> producer() {
		return new KafkaProducer<>(Map.of("bootstrap.servers", this.servers, "linger.ms", 5), new ByteArraySerializer(),
				new ByteArraySerializer());
	}

	private void relayByHand(String topic, KafkaRecords records, Producer<byte[], byte[]> producer) {
		try (Connection connection = this.context.getBean(DataSource.class).getConnection()) {
			connection.setAutoCommit(false);
			List<Future<RecordMetadata>> acks = new ArrayList<>();
			do {
				acks.clear();
				try (PreparedStatement take = connection.prepareStatement(TAKE); ResultSet rows = take.executeQuery()) {
					while (rows.next()) {
						acks.add(producer.send(records.of(outgoing(topic, new EventId(rows.getObject(1, UUID.class)),
								rows.getString(2), rows.getBytes(3)))));
					}
				}
				for (Future<RecordMetadata> ack : acks) {
					ack.get();
				}
				connection.commit();
			}
			while (!acks.isEmpty());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private double relay() {
		String topic = newTopic();
		fill(topic);
		long startedAt = System.nanoTime();
		this.context.start();
		while (arrived(topic) < this.events) {
			pause();
		}
		double rate = rate(startedAt, topic);
		JdbcClient jdbc = this.context.getBean(JdbcClient.class);
		while (jdbc.sql("select count(*) from events").query(Integer.class).single() > 0) {
			pause();
		}
		this.context.stop();
		return rate;
	}

	private void fill(String topic) {
		TransactionTemplate transaction = new TransactionTemplate(
				this.context.getBean(PlatformTransactionManager.class));
		TransactionalOutbox outbox = this.context.getBean(TransactionalOutbox.class);
		JdbcClient jdbc = this.context.getBean(JdbcClient.class);
		jdbc.sql("vacuum events").update();
		for (int from = 0; from < this.events; from += CHUNK) {
			int first = from;
			transaction.executeWithoutResult((status) -> IntStream.range(first, Math.min(first + CHUNK, this.events))
				.forEach((i) -> outbox.emit(order(i), EmitOptions.none().withTopic(topic))));
		}
		jdbc.sql("vacuum analyze events").update();
		jdbc.sql("checkpoint").update();
	}

	private static void pause() {
		try {
			Thread.sleep(10);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private double rate(long startedAt, String topic) {
		double seconds = (System.nanoTime() - startedAt) / 1e9;
		if (arrived(topic) != this.events) {
			throw new IllegalStateException(arrived(topic) + " events have arrived in place of " + this.events);
		}
		return this.events / seconds;
	}

	private long arrived(String topic) {
		List<TopicPartition> partitions = IntStream.range(0, 3).mapToObj((i) -> new TopicPartition(topic, i)).toList();
		return this.consumer.endOffsets(partitions).values().stream().mapToLong(Long::longValue).sum();
	}

	private String newTopic() {
		String topic = "orders-" + this.topics++;
		try {
			this.admin.createTopics(List.of(new NewTopic(topic, 3, (short) 1))).all().get();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		return topic;
	}

	private static Order order(int i) {
		return new Order(i, "customer-" + i % KEYS, FILLING);
	}

	private static OutgoingEvent outgoing(String topic, int i) {
		Order order = order(i);
		String json = "{\"note\": \"%s\", \"number\": %d, \"customer\": \"%s\"}".formatted(order.note(), i,
				order.customer());
		return outgoing(topic, new EventId(UUID.randomUUID()), order.customer(), json.getBytes(StandardCharsets.UTF_8));
	}

	private static OutgoingEvent outgoing(String topic, EventId id, String key, byte[] payload) {
		return new OutgoingEvent(
				new EventMetadata(id, "ordered", topic, key, Map.of(), Instant.now(), 1, new ConsumerId("kafka")),
				topic, payload);
	}

	private static double median(double[] values) {
		double[] sorted = values.clone();
		Arrays.sort(sorted);
		return sorted[sorted.length / 2];
	}

	@Override
	public void close() {
		this.context.close();
		this.consumer.close();
		this.admin.close();
	}

	@OutboxEvent(type = "ordered", partitionKey = "customer")
	record Order(long number, String customer, String note) {
	}

	@EnableAutoConfiguration
	static class Relay {

	}

}
