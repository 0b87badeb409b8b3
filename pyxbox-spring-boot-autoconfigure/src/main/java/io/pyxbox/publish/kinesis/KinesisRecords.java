package io.pyxbox.publish.kinesis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.PublishFormat;
import io.pyxbox.publish.aws.KeyText;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;

/**
 * Makes records of events. Events without a key are spread by their ids. Thread-safe.
 */
final class KinesisRecords {

	private static final Pattern KEY = Pattern.compile("(?s).{1,256}");

	private final CloudEventFormat format;

	private final PublishFormat mode;

	private final List<KinesisRecordCustomizer> customizers;

	KinesisRecords(CloudEventFormat format, PublishFormat mode, List<KinesisRecordCustomizer> customizers) {
		this.format = format;
		this.mode = mode;
		this.customizers = List.copyOf(customizers);
	}

	PutRecordsRequestEntry of(OutgoingEvent event) {
		byte[] data = (this.mode == PublishFormat.STRUCTURED) ? this.format.document(event).body() : event.payload();
		String key = event.metadata().partitionKey();
		PutRecordsRequestEntry record = PutRecordsRequestEntry.builder()
			.partitionKey((key != null) ? KeyText.of(key, KEY) : event.metadata().id().toString())
			.data(SdkBytes.fromByteArrayUnsafe(data))
			.build();
		for (KinesisRecordCustomizer customizer : this.customizers) {
			record = customizer.customize(record, event);
		}
		return record;
	}

	static long sizeOf(PutRecordsRequestEntry record) {
		SdkBytes data = record.data();
		return ((data != null) ? data.asByteArrayUnsafe().length : 0) + sizeOf(record.partitionKey());
	}

	private static int sizeOf(@Nullable String key) {
		return (key != null) ? key.getBytes(StandardCharsets.UTF_8).length : 0;
	}

}
