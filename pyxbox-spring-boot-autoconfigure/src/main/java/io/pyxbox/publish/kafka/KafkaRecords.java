package io.pyxbox.publish.kafka;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.WireMessage;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of events, as the Kafka protocol binding of CloudEvents says. The key is
 * the partition key in UTF-8, so events are in the partition in which a producer with
 * texts as keys would put them. Thread-safe.
 */
final class KafkaRecords {

	private static final String PREFIX = "ce_";

	private static final String CONTENT_TYPE = "content-type";

	private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");

	private final CloudEventFormat format;

	private final List<KafkaRecordCustomizer> customizers;

	KafkaRecords(CloudEventFormat format, List<KafkaRecordCustomizer> customizers) {
		this.format = format;
		this.customizers = List.copyOf(customizers);
	}

	/**
	 * Checks the name of a topic. With customizers, which may choose another one, nobody
	 * can tell.
	 * @throws IllegalArgumentException if there can be no such topic
	 */
	void checkTopic(String name) {
		if (this.customizers.isEmpty() && (!TOPIC.matcher(name).matches() || name.equals(".") || name.equals(".."))) {
			throw new IllegalArgumentException("Kafka has no such topic. A topic's name consists of up to 249 "
					+ "letters of ASCII, digits, '.', '_' and '-'.");
		}
	}

	ProducerRecord<byte[], byte[]> of(OutgoingEvent event) {
		WireMessage message = this.format.message(event);
		ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(event.destination(), key(event), message.body());
		addHeaders(record.headers(), message);
		for (KafkaRecordCustomizer customizer : this.customizers) {
			record = customizer.customize(record, event);
		}
		return record;
	}

	private static void addHeaders(Headers headers, WireMessage message) {
		add(headers, CONTENT_TYPE, message.contentType());
		message.attributes().forEach((name, value) -> add(headers, PREFIX + name, value));
		message.headersBeside(PREFIX).forEach((name, value) -> {
			// What is said of the event itself is not to be said twice.
			if (headers.lastHeader(name) == null) {
				add(headers, name, value);
			}
		});
	}

	private static byte @Nullable [] key(OutgoingEvent event) {
		String key = event.metadata().partitionKey();
		return (key != null) ? key.getBytes(StandardCharsets.UTF_8) : null;
	}

	private static void add(Headers headers, String name, String value) {
		headers.add(name, value.getBytes(StandardCharsets.UTF_8));
	}

}
