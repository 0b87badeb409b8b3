package io.pyxbox.publish.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.EventPublisherContract;
import io.pyxbox.publish.PublishFormat;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

import org.springframework.kafka.core.DefaultKafkaProducerFactory;
import org.springframework.kafka.core.ProducerFactory;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * What publishers for Kafka have to do, with a broker for each class of tests.
 */
abstract class KafkaPublisherContract extends EventPublisherContract {

	static final Duration ACK_TIMEOUT = Duration.ofSeconds(6);

	private static final AtomicInteger names = new AtomicInteger();

	private static @Nullable KafkaBroker broker;

	@BeforeAll
	static void startBroker() {
		broker = KafkaBroker.start();
	}

	@AfterAll
	static void stopBroker() {
		broker().close();
	}

	static KafkaBroker broker() {
		return Objects.requireNonNull(broker);
	}

	static KafkaProducers producers(ProducerFactory<?, ?> factory, @Nullable String transactionIdPrefix) {
		return new KafkaProducers(factory, new KafkaPublisherProperties(true, ACK_TIMEOUT, transactionIdPrefix));
	}

	static KafkaRecords records(KafkaRecordCustomizer... customizers) {
		return records(PublishFormat.BINARY, customizers);
	}

	static KafkaRecords records(PublishFormat format, KafkaRecordCustomizer... customizers) {
		return new KafkaRecords(new CloudEventFormat("orders", format), List.of(customizers));
	}

	/** As an application would have it, with texts in place of bytes. */
	static DefaultKafkaProducerFactory<String, String> factory(Map<String, Object> settings) {
		Map<String, Object> all = new HashMap<>(settings);
		all.putIfAbsent(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker().servers());
		return new DefaultKafkaProducerFactory<>(all, new StringSerializer(), new StringSerializer());
	}

	static String newName(String prefix) {
		return prefix + names.incrementAndGet();
	}

	@Override
	protected String emptyDestination() {
		String name = newName("topic-");
		broker().createTopic(name);
		return name;
	}

	@Override
	protected List<Received> receivedBy(String destination) {
		return broker().read(destination).stream().map(KafkaPublisherContract::received).toList();
	}

	private static Received received(ConsumerRecord<byte[], byte[]> record) {
		Map<String, String> headers = new HashMap<>();
		record.headers().forEach((header) -> headers.put(header.key(), new String(header.value(), UTF_8)));
		return new Received(headers.getOrDefault("ce_id", ""),
				(record.key() != null) ? new String(record.key(), UTF_8) : null, new String(record.value(), UTF_8),
				headers);
	}

	@Override
	protected void takeDown() {
		broker().shutDown();
	}

	@Override
	protected void bringBack() {
		broker().startAgain();
	}

}
