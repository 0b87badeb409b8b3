package io.pyxbox.publish.kinesis;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.EventPublisherContract.Received;
import io.pyxbox.publish.PublishFormat;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.util.unit.DataSize;

/**
 * Publishers to test, and what comes of them.
 */
final class KinesisPublishers {

	private KinesisPublishers() {
	}

	static KinesisEventPublisher of(KinesisAsyncClient client, KinesisRecordCustomizer... customizers) {
		return of(client, PublishFormat.STRUCTURED, customizers);
	}

	static KinesisEventPublisher of(KinesisAsyncClient client, PublishFormat format,
			KinesisRecordCustomizer... customizers) {
		KinesisPublisherProperties properties = new KinesisPublisherProperties(true, Duration.ofMinutes(10), 1,
				DataSize.ofMegabytes(5), format, true);
		KinesisRecords records = new KinesisRecords(new CloudEventFormat("orders", PublishFormat.BINARY), format,
				List.of(customizers));
		return new KinesisEventPublisher(new KinesisService(client, records, properties), properties);
	}

	static Received received(Record record) {
		String text = record.data().asUtf8String();
		JsonNode document = JsonMapper.shared().readTree(text);
		String data = "\"data\":";
		return new Received(document.path("id").asString(), document.path("subject").asString(null),
				text.substring(text.indexOf(data) + data.length(), text.length() - 1),
				Map.of("partitionKey", record.partitionKey()));
	}

}
