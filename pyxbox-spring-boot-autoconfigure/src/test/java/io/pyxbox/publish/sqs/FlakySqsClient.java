package io.pyxbox.publish.sqs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlRequest;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlResponse;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequest;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchResponse;

/**
 * A client that refuses some messages itself, as SQS does where it is short of something,
 * and passes the others on to the server. It remembers what it was asked.
 */
public final class FlakySqsClient implements SqsAsyncClient {

	final List<List<SendMessageBatchRequestEntry>> requests = Collections.synchronizedList(new ArrayList<>());

	final List<String> lookups = Collections.synchronizedList(new ArrayList<>());

	private final SqsAsyncClient client;

	private final Function<SendMessageBatchRequestEntry, Optional<BatchResultErrorEntry>> refusal;

	/**
	 * Creates a client.
	 * @param client goes to the server
	 * @param refusal says whether a message is refused, and how
	 */
	public FlakySqsClient(SqsAsyncClient client,
			Function<SendMessageBatchRequestEntry, Optional<BatchResultErrorEntry>> refusal) {
		this.client = client;
		this.refusal = refusal;
	}

	/**
	 * Refuses a message.
	 * @param code why
	 * @param senderFault whether it is its fault
	 * @return the refusal
	 */
	public static Optional<BatchResultErrorEntry> refused(String code, boolean senderFault) {
		return Optional
			.of(BatchResultErrorEntry.builder().code(code).message("Not now").senderFault(senderFault).build());
	}

	@Override
	public CompletableFuture<SendMessageBatchResponse> sendMessageBatch(SendMessageBatchRequest request) {
		this.requests.add(request.entries());
		List<SendMessageBatchRequestEntry> passed = new ArrayList<>();
		List<BatchResultErrorEntry> refused = new ArrayList<>();
		for (SendMessageBatchRequestEntry entry : request.entries()) {
			this.refusal.apply(entry)
				.ifPresentOrElse((refusal) -> refused.add(refusal.toBuilder().id(entry.id()).build()),
						() -> passed.add(entry));
		}
		if (passed.isEmpty()) {
			return CompletableFuture
				.completedFuture(SendMessageBatchResponse.builder().successful(List.of()).failed(refused).build());
		}
		return this.client.sendMessageBatch(request.toBuilder().entries(passed).build()).thenApply((response) -> {
			List<BatchResultErrorEntry> failed = new ArrayList<>(response.failed());
			failed.addAll(refused);
			return response.toBuilder().failed(failed).build();
		});
	}

	@Override
	public CompletableFuture<GetQueueUrlResponse> getQueueUrl(GetQueueUrlRequest request) {
		this.lookups.add(request.queueName());
		return this.client.getQueueUrl(request);
	}

	@Override
	public String serviceName() {
		return this.client.serviceName();
	}

	@Override
	public void close() {
		this.client.close();
	}

}
