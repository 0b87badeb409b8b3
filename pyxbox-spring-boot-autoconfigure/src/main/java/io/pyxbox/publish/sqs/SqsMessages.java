package io.pyxbox.publish.sqs;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.WireMessage;
import io.pyxbox.publish.aws.KeyText;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/**
 * Makes messages of events. In a FIFO queue the group is the partition key, as far as SQS
 * takes it, so that order is kept for each key; the deduplication id is that of the
 * event. Thread-safe.
 */
final class SqsMessages {

	private static final String FIFO = ".fifo";

	private static final Pattern GROUP = Pattern.compile("[!-~]{1,128}");

	private final CloudEventFormat format;

	private final List<SqsMessageCustomizer> customizers;

	SqsMessages(CloudEventFormat format, List<SqsMessageCustomizer> customizers) {
		this.format = format;
		this.customizers = List.copyOf(customizers);
	}

	static boolean isFifo(String destination) {
		return destination.endsWith(FIFO);
	}

	SendMessageBatchRequestEntry of(OutgoingEvent event) {
		WireMessage wire = this.format.message(event);
		String id = event.metadata().id().toString();
		SendMessageBatchRequestEntry.Builder message = SendMessageBatchRequestEntry.builder()
			.id(id)
			.messageBody(SqsText.ofJson(new String(wire.body(), StandardCharsets.UTF_8)))
			.messageAttributes(attributes(wire));
		if (isFifo(event.destination())) {
			String key = event.metadata().partitionKey();
			message.messageGroupId((key != null) ? KeyText.of(key, GROUP) : id).messageDeduplicationId(id);
		}
		SendMessageBatchRequestEntry customized = message.build();
		for (SqsMessageCustomizer customizer : this.customizers) {
			customized = customizer.customize(customized, event);
		}
		return customized;
	}

	private static Map<String, MessageAttributeValue> attributes(WireMessage wire) {
		Map<String, MessageAttributeValue> attributes = new LinkedHashMap<>();
		SqsAttributes.of(wire)
			.forEach((name, value) -> attributes.put(name,
					MessageAttributeValue.builder().dataType("String").stringValue(value).build()));
		return attributes;
	}

	/** The body, and of each attribute the name, the type and the value. */
	static long sizeOf(SendMessageBatchRequestEntry message) {
		long size = sizeOf(message.messageBody());
		for (Map.Entry<String, MessageAttributeValue> attribute : message.messageAttributes().entrySet()) {
			MessageAttributeValue value = attribute.getValue();
			size += sizeOf(attribute.getKey()) + sizeOf(value.dataType()) + sizeOf(value.stringValue());
			size += (value.binaryValue() != null) ? value.binaryValue().asByteArrayUnsafe().length : 0;
		}
		return size;
	}

	private static long sizeOf(String text) {
		return (text != null) ? text.getBytes(StandardCharsets.UTF_8).length : 0;
	}

}
