package io.pyxbox.inbox;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.MessageId;
import io.pyxbox.MessagePosition;
import io.pyxbox.PyxboxException;
import io.pyxbox.inbox.amqp.AmqpMessageReader;
import io.pyxbox.inbox.kafka.KafkaMessageReader;
import io.pyxbox.inbox.messaging.SpringMessageReader;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.messaging.support.GenericMessage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MessageIdentitiesTests {

	private static final String ID = UUID.randomUUID().toString();

	private final MessageIdentities identities = new MessageIdentities(
			List.of(new KafkaMessageReader(), new AmqpMessageReader(), new SpringMessageReader()));

	@ParameterizedTest
	@ValueSource(strings = { "ce_id", "ce-id", "cloudEvents:id", "cloudEvents_id" })
	void findsTheHeaderOfEachProtocolInEachKindOfMessage(String header) {
		ConsumerRecord<String, String> record = record("x");
		record.headers().add(header, ID.getBytes(StandardCharsets.UTF_8));
		MessageProperties properties = new MessageProperties();
		properties.setHeader(header, ID);
		properties.setMessageId("something else");

		assertThat(this.identities.byHeaders(record)).isEqualTo(MessageId.of(ID));
		assertThat(this.identities.byHeaders(new Message(new byte[0], properties))).isEqualTo(MessageId.of(ID));
		assertThat(this.identities.byHeaders(new GenericMessage<>("x", Map.of(header, ID))))
			.isEqualTo(MessageId.of(ID));
		assertThat(this.identities
			.byHeaders(new GenericMessage<>("x", Map.of(header, ID.getBytes(StandardCharsets.UTF_8)))))
			.isEqualTo(MessageId.of(ID));
	}

	@Test
	void anIdThatIsNotUniqueByItselfBelongsToItsSource() {
		GenericMessage<String> one = new GenericMessage<>("x", Map.of("ce_id", "1", "ce_source", "orders"));
		GenericMessage<String> other = new GenericMessage<>("x", Map.of("ce_id", "1", "ce_source", "invoices"));
		GenericMessage<String> unique = new GenericMessage<>("x", Map.of("ce_id", ID, "ce_source", "invoices"));

		assertThat(this.identities.byHeaders(one)).isNotEqualTo(this.identities.byHeaders(other));
		assertThat(this.identities.byHeaders(unique)).isEqualTo(MessageId.of(ID));
	}

	@Test
	void findsTheIdOfADocument() {
		String document = "{\"specversion\": \"1.0\", \"id\": \"%s\", \"source\": \"x\", \"data\": {}}".formatted(ID);
		ConsumerRecord<String, Object> record = new ConsumerRecord<>("orders", 0, 0, "key",
				document.getBytes(StandardCharsets.UTF_8));
		record.headers().add("content-type", "application/cloudevents+json; charset=UTF-8".getBytes());
		MessageProperties properties = new MessageProperties();
		properties.setContentType("application/cloudevents+json");

		assertThat(this.identities.byHeaders(record)).isEqualTo(MessageId.of(ID));
		assertThat(this.identities.byHeaders(new Message(document.getBytes(StandardCharsets.UTF_8), properties)))
			.isEqualTo(MessageId.of(ID));
		assertThat(this.identities
			.byHeaders(new GenericMessage<>(document, Map.of("contentType", "application/cloudevents+json"))))
			.isEqualTo(MessageId.of(ID));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "[]", "{", "", "{\"id\": \"\"}" })
	void aDocumentWithoutAnIdIsRefused(String document) {
		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.identities
			.byHeaders(new GenericMessage<>(document, Map.of("contentType", "application/cloudevents+json"))));
	}

	@Test
	void fallsBackToTheIdOfTheProtocol() {
		MessageProperties properties = new MessageProperties();
		properties.setMessageId("m-1");

		assertThat(this.identities.byHeaders(new Message(new byte[0], properties))).isEqualTo(MessageId.of("m-1"));
		assertThat(this.identities.byHeaders(new GenericMessage<>("x", Map.of("amqp_messageId", "m-1"))))
			.isEqualTo(MessageId.of("m-1"));
	}

	/** Each message object has a header {@code id} of its own making. */
	@Test
	void aMessageWithoutAnIdIsRefused() {
		assertThatExceptionOfType(PyxboxException.class)
			.isThrownBy(() -> this.identities.byHeaders(new GenericMessage<>("x")))
			.withMessageContaining("ce_id");
		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.identities.byHeaders(record("x")));
		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.identities.byHeaders("a text"));
	}

	@Test
	void findsThePositionOfRecords() {
		assertThat(this.identities.byOffset(record("x"))).isEqualTo(new MessagePosition("orders", 3, 42));
		assertThat(this.identities.byOffset(new GenericMessage<>("x",
				Map.of("kafka_receivedTopic", "orders", "kafka_receivedPartitionId", 3, "kafka_offset", 42L))))
			.isEqualTo(new MessagePosition("orders", 3, 42));
		assertThatExceptionOfType(PyxboxException.class)
			.isThrownBy(() -> this.identities.byOffset(new GenericMessage<>("x")));
	}

	private static ConsumerRecord<String, String> record(String value) {
		return new ConsumerRecord<>("orders", 3, 42, "key", value);
	}

}
