package io.pyxbox.publish.sqs;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.EventPublisherContract.Received;
import io.pyxbox.publish.PublishFormat;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.Message;

import org.springframework.util.unit.DataSize;

/**
 * Publishers to test, and what comes of them.
 */
final class SqsPublishers {

	private SqsPublishers() {
	}

	static SqsEventPublisher of(SqsAsyncClient client, SqsMessageCustomizer... customizers) {
		return of(client, Duration.ofMinutes(10), PublishFormat.BINARY, customizers);
	}

	static SqsEventPublisher of(SqsAsyncClient client, Duration ackTimeout, PublishFormat format,
			SqsMessageCustomizer... customizers) {
		SqsPublisherProperties properties = new SqsPublisherProperties(true, ackTimeout, 1, DataSize.ofKilobytes(256),
				true);
		QueueUrls urls = new QueueUrls(client, ackTimeout);
		SqsMessages messages = new SqsMessages(new CloudEventFormat("orders", format), List.of(customizers));
		return new SqsEventPublisher(new SqsService(client, urls, messages, properties), urls, properties);
	}

	static Received received(Message message) {
		Map<String, String> attributes = new HashMap<>();
		message.messageAttributes().forEach((name, value) -> attributes.put(name, value.stringValue()));
		return new Received(attributes.getOrDefault("ce_id", ""), attributes.get("ce_subject"), message.body(),
				attributes);
	}

}
