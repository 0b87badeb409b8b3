package io.pyxbox.publish.kinesis;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;

/**
 * A client that refuses some records itself, as Kinesis does where a shard is too busy,
 * and passes the others on to the server. It remembers what it was asked.
 */
public final class FlakyKinesisClient implements KinesisAsyncClient {

	final List<List<PutRecordsRequestEntry>> requests = Collections.synchronizedList(new ArrayList<>());

	private final KinesisAsyncClient client;

	private final Function<PutRecordsRequestEntry, @Nullable String> refusal;

	/**
	 * Creates a client.
	 * @param client goes to the server
	 * @param refusal says whether a record is refused, and why
	 */
	public FlakyKinesisClient(KinesisAsyncClient client, Function<PutRecordsRequestEntry, @Nullable String> refusal) {
		this.client = client;
		this.refusal = refusal;
	}

	@Override
	public CompletableFuture<PutRecordsResponse> putRecords(PutRecordsRequest request) {
		this.requests.add(request.records());
		List<String> codes = new ArrayList<>();
		List<PutRecordsRequestEntry> passed = new ArrayList<>();
		for (PutRecordsRequestEntry record : request.records()) {
			String code = this.refusal.apply(record);
			codes.add(code);
			if (code == null) {
				passed.add(record);
			}
		}
		CompletableFuture<List<PutRecordsResultEntry>> answer = passed.isEmpty()
				? CompletableFuture.completedFuture(List.of())
				: this.client.putRecords(request.toBuilder().records(passed).build())
					.thenApply(PutRecordsResponse::records);
		return answer.thenApply((records) -> merged(codes, records.iterator()));
	}

	private static PutRecordsResponse merged(List<String> codes, Iterator<PutRecordsResultEntry> passed) {
		return PutRecordsResponse.builder()
			.records(codes.stream()
				.map((code) -> (code == null) ? passed.next()
						: PutRecordsResultEntry.builder().errorCode(code).errorMessage("Not now").build())
				.toList())
			.build();
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
