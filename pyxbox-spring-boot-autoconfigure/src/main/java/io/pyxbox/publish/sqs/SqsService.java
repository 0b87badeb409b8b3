package io.pyxbox.publish.sqs;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.publish.aws.Receipt;
import io.pyxbox.publish.aws.RecordService;
import io.pyxbox.publish.aws.RequestLimits;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/**
 * SQS, as it takes batches of messages. Thread-safe.
 */
final class SqsService implements RecordService<SendMessageBatchRequestEntry> {

	private static final int MAX_MESSAGES = 10;

	private final SqsAsyncClient client;

	private final QueueUrls urls;

	private final SqsMessages messages;

	private final RequestLimits limits;

	private final int perKey;

	private final Duration timeout;

	SqsService(SqsAsyncClient client, QueueUrls urls, SqsMessages messages, SqsPublisherProperties properties) {
		long maxRequestSize = properties.maxRequestSize().toBytes();
		this.client = client;
		this.urls = urls;
		this.messages = messages;
		this.limits = new RequestLimits(MAX_MESSAGES, maxRequestSize, maxRequestSize);
		this.perKey = properties.inFlightPerKey();
		this.timeout = properties.ackTimeout();
	}

	@Override
	public SendMessageBatchRequestEntry recordOf(OutgoingEvent event) {
		return this.messages.of(event);
	}

	@Override
	public long sizeOf(SendMessageBatchRequestEntry message) {
		return SqsMessages.sizeOf(message);
	}

	@Override
	public RequestLimits limits() {
		return this.limits;
	}

	@Override
	public int perKey(String destination) {
		return SqsMessages.isFifo(destination) ? this.perKey : Integer.MAX_VALUE;
	}

	@Override
	public CompletableFuture<List<Receipt>> send(String destination, List<SendMessageBatchRequestEntry> messages) {
		List<SendMessageBatchRequestEntry> entries = new ArrayList<>(messages.size());
		for (int i = 0; i < messages.size(); i++) {
			entries.add(messages.get(i).toBuilder().id(String.valueOf(i)).build());
		}
		return this.urls.of(destination)
			.thenCompose((url) -> this.client.sendMessageBatch((request) -> request.queueUrl(url)
				.entries(entries)
				.overrideConfiguration((override) -> override.apiCallTimeout(this.timeout))))
			.thenApply((response) -> receipts(response, entries.size()))
			.whenComplete((receipts, failure) -> {
				if (failure != null && failure.getCause() instanceof QueueDoesNotExistException) {
					this.urls.forget(destination);
				}
			});
	}

	/** What it says nothing of it has not taken. */
	private static List<Receipt> receipts(SendMessageBatchResponse response, int count) {
		List<Receipt> receipts = new ArrayList<>(
				Collections.nCopies(count, new Receipt("NoAnswer", "SQS says nothing of the message", false)));
		response.successful().forEach((entry) -> receipts.set(Integer.parseInt(entry.id()), Receipt.TAKEN));
		response.failed()
			.forEach((entry) -> receipts.set(Integer.parseInt(entry.id()),
					new Receipt(entry.code(), entry.message(), Boolean.TRUE.equals(entry.senderFault()))));
		return receipts;
	}

}
