package io.pyxbox.publish.kafka;

import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;

import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.kafka.KafkaMessageFactory;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.EventPublisherContract;
import io.pyxbox.publish.PublishFormat;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is sent to Kafka is a CloudEvent to those who read it with the library of the
 * CloudEvents project.
 */
class KafkaRecordsTests {

	private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

	@ParameterizedTest
	@EnumSource
	void isACloudEventToItsReceiver(PublishFormat format) {
		OutgoingEvent event = EventPublisherContract.event("orders", "größe", "{\"text\": \"é\", \"n\": 1.50}",
				Map.of("tenant", "blue", "traceparent", PARENT, "tracestate", "a=1"));

		CloudEvent received = received(event, format);

		assertThat(received.getSpecVersion()).isEqualTo(SpecVersion.V1);
		assertThat(received.getId()).isEqualTo(event.metadata().id().toString());
		assertThat(received.getSource()).hasToString("https://example.com/orders");
		assertThat(received.getType()).isEqualTo("ordered");
		assertThat(received.getTime()).isEqualTo(OffsetDateTime.parse("2030-01-02T03:04:05.678901Z"));
		assertThat(received.getSubject()).isEqualTo("größe");
		assertThat(received.getDataContentType()).isEqualTo("application/json");
		assertThat(received.getDataSchema()).isNull();
		assertThat(received.getExtensionNames()).containsExactlyInAnyOrder("traceparent", "tracestate");
		assertThat(received.getExtension("traceparent")).isEqualTo(PARENT);
		assertThat(received.getExtension("tracestate")).isEqualTo("a=1");
		assertThat(JsonMapper.shared().readTree(received.getData().toBytes()))
			.isEqualTo(JsonMapper.shared().readTree(event.payload()));
	}

	@ParameterizedTest
	@EnumSource
	void withoutAKeyItIsOneToo(PublishFormat format) {
		CloudEvent received = received(EventPublisherContract.event("orders", null, "[]", Map.of()), format);

		assertThat(received.getSubject()).isNull();
		assertThat(received.getExtensionNames()).isEmpty();
		assertThat(new String(received.getData().toBytes(), UTF_8)).isEqualTo("[]");
	}

	private static CloudEvent received(OutgoingEvent event, PublishFormat format) {
		KafkaRecords records = new KafkaRecords(new CloudEventFormat("https://example.com/orders", format), List.of());
		ProducerRecord<byte[], byte[]> sent = records.of(event);
		ConsumerRecord<byte[], byte[]> received = new ConsumerRecord<>(sent.topic(), 0, 0, sent.key(), sent.value());
		sent.headers().forEach(received.headers()::add);
		return KafkaMessageFactory.createReader(received).toEvent();
	}

}
