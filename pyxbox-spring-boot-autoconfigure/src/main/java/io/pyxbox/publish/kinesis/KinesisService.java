package io.pyxbox.publish.kinesis;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.publish.aws.Receipt;
import io.pyxbox.publish.aws.RecordService;
import io.pyxbox.publish.aws.RequestLimits;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;

/**
 * Kinesis, as it takes batches of records. Thread-safe.
 */
final class KinesisService implements RecordService<PutRecordsRequestEntry> {

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

	private static final Pattern ARN = Pattern.compile("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+");

	private static final int MAX_RECORDS = 500;

	/** What a stream takes that has not been told to take more. */
	private static final int LARGE = 1024 * 1024;

	private final KinesisAsyncClient client;

	private final KinesisRecords records;

	private final RequestLimits limits;

	private final int perKey;

	private final Duration timeout;

	KinesisService(KinesisAsyncClient client, KinesisRecords records, KinesisPublisherProperties properties) {
		long maxRequestSize = properties.maxRequestSize().toBytes();
		this.client = client;
		this.records = records;
		this.limits = new RequestLimits(MAX_RECORDS, maxRequestSize, Math.min(LARGE, maxRequestSize));
		this.perKey = properties.inFlightPerKey();
		this.timeout = properties.ackTimeout();
	}

	static boolean isStream(String destination) {
		return NAME.matcher(destination).matches() || isArn(destination);
	}

	private static boolean isArn(String destination) {
		return ARN.matcher(destination).matches();
	}

	@Override
	public PutRecordsRequestEntry recordOf(OutgoingEvent event) {
		return this.records.of(event);
	}

	@Override
	public long sizeOf(PutRecordsRequestEntry record) {
		return KinesisRecords.sizeOf(record);
	}

	@Override
	public RequestLimits limits() {
		return this.limits;
	}

	@Override
	public int perKey(String destination) {
		return this.perKey;
	}

	@Override
	public CompletableFuture<List<Receipt>> send(String destination, List<PutRecordsRequestEntry> records) {
		return this.client.putRecords((request) -> {
			if (isArn(destination)) {
				request.streamARN(destination);
			}
			else {
				request.streamName(destination);
			}
			request.records(records).overrideConfiguration((override) -> override.apiCallTimeout(this.timeout));
		}).thenApply(KinesisService::receipts);
	}

	private static List<Receipt> receipts(PutRecordsResponse response) {
		return response.records()
			.stream()
			.map((result) -> (result.errorCode() == null) ? Receipt.TAKEN
					: new Receipt(result.errorCode(), result.errorMessage(), false))
			.toList();
	}

	/** Asks for a stream. */
	CompletableFuture<DescribeStreamSummaryResponse> find(String destination) {
		return this.client.describeStreamSummary((request) -> {
			if (isArn(destination)) {
				request.streamARN(destination);
			}
			else {
				request.streamName(destination);
			}
		});
	}

}
