package io.pyxbox.publish.kafka;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;

import kafka.server.BrokerServer;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.kafka.test.EmbeddedKafkaKraftBroker;

/**
 * A broker in this process, one for all tests of a class. It is a real one, and can be
 * shut down and started again on the same port.
 */
public final class KafkaBroker implements AutoCloseable {

	private static final int PARTITIONS = 3;

	private final EmbeddedKafkaKraftBroker broker;

	private KafkaBroker(EmbeddedKafkaKraftBroker broker) {
		this.broker = broker;
	}

	/**
	 * Starts a broker that creates no topics by itself and takes records of a megabyte.
	 * @return the broker
	 */
	public static KafkaBroker start() {
		LoggingSystem logging = LoggingSystem.get(KafkaBroker.class.getClassLoader());
		List.of("kafka", "org.apache.kafka", "state.change.logger")
			.forEach((logger) -> logging.setLogLevel(logger, LogLevel.OFF));
		EmbeddedKafkaKraftBroker broker = new EmbeddedKafkaKraftBroker(1, PARTITIONS);
		broker.brokerProperties(Map.of("auto.create.topics.enable", "false", "transaction.state.log.min.isr", "1",
				"transaction.state.log.replication.factor", "1", "transaction.state.log.num.partitions", "1",
				"offsets.topic.replication.factor", "1",
				// One that was shut down may register again after this time only.
				"broker.session.timeout.ms", "2000", "broker.heartbeat.interval.ms", "500"));
		broker.afterPropertiesSet();
		return new KafkaBroker(broker);
	}

	public String servers() {
		return this.broker.getBrokersAsString();
	}

	public void createTopic(String name) {
		createTopic(new NewTopic(name, PARTITIONS, (short) 1));
	}

	public void createTopic(NewTopic topic) {
		this.broker.doWithAdmin((admin) -> {
			try {
				admin.createTopics(List.of(topic)).all().get();
			}
			catch (InterruptedException | ExecutionException ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	/**
	 * Shuts the broker down.
	 */
	public void shutDown() {
		server().shutdown();
		server().awaitShutdown();
	}

	/**
	 * Starts the broker again.
	 */
	public void startAgain() {
		server().startup();
	}

	private BrokerServer server() {
		return this.broker.getCluster().brokers().get(0);
	}

	/**
	 * Reads a topic from the beginning to where it ends now: each partition in its order,
	 * and what is committed. Waits for the ends of transactions.
	 * @param topic the topic
	 * @return the records
	 */
	public List<ConsumerRecord<byte[], byte[]>> read(String topic) {
		try (KafkaConsumer<byte[], byte[]> consumer = consumer("read_uncommitted")) {
			return read(topic, consumer.endOffsets(partitions(topic, consumer)));
		}
	}

	/**
	 * Reads a topic up to the first transaction that is open.
	 * @param topic the topic
	 * @return the records
	 */
	public List<ConsumerRecord<byte[], byte[]>> readBeforeOpenTransactions(String topic) {
		try (KafkaConsumer<byte[], byte[]> consumer = consumer("read_committed")) {
			return read(topic, consumer.endOffsets(partitions(topic, consumer)));
		}
	}

	private List<ConsumerRecord<byte[], byte[]>> read(String topic, Map<TopicPartition, Long> ends) {
		List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
		try (KafkaConsumer<byte[], byte[]> consumer = consumer("read_committed")) {
			List<TopicPartition> partitions = partitions(topic, consumer);
			consumer.assign(partitions);
			consumer.seekToBeginning(partitions);
			while (partitions.stream().anyMatch((partition) -> consumer.position(partition) < ends.get(partition))) {
				consumer.poll(Duration.ofMillis(100)).forEach(records::add);
			}
		}
		return records;
	}

	private KafkaConsumer<byte[], byte[]> consumer(String isolation) {
		Map<String, Object> settings = Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, servers(),
				ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation);
		return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
	}

	private static List<TopicPartition> partitions(String topic, KafkaConsumer<?, ?> consumer) {
		return consumer.partitionsFor(topic)
			.stream()
			.map((partition) -> new TopicPartition(topic, partition.partition()))
			.toList();
	}

	/**
	 * Returns the last header of a name.
	 * @param record the record
	 * @param name the name
	 * @return its value
	 */
	public static String header(ConsumerRecord<byte[], byte[]> record, String name) {
		return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
	}

	@Override
	public void close() {
		this.broker.destroy();
	}

}
