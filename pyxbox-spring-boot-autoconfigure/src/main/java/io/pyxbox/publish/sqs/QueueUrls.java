package io.pyxbox.publish.sqs;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.GetQueueUrlResponse;

/**
 * The addresses of queues. SQS is asked once for each name; what it does not know, it is
 * asked again. Thread-safe.
 */
final class QueueUrls {

	private static final Pattern URL = Pattern.compile("https?://.+/.+");

	private static final Pattern NAME = Pattern.compile("(?=.{1,80}$)[A-Za-z0-9_-]+(\\.fifo)?");

	private final Map<String, CompletableFuture<String>> known = new ConcurrentHashMap<>();

	private final SqsAsyncClient client;

	private final Duration timeout;

	QueueUrls(SqsAsyncClient client, Duration timeout) {
		this.client = client;
		this.timeout = timeout;
	}

	static boolean isUrl(String destination) {
		return URL.matcher(destination).matches();
	}

	static boolean isName(String destination) {
		return NAME.matcher(destination).matches();
	}

	/**
	 * Finds the URL of a queue.
	 * @param destination its name, or the URL itself
	 */
	CompletableFuture<String> of(String destination) {
		if (isUrl(destination)) {
			return CompletableFuture.completedFuture(destination);
		}
		CompletableFuture<String> url = this.known.get(destination);
		if (url == null || url.isCompletedExceptionally()) {
			url = ask(destination);
			this.known.put(destination, url);
		}
		return url;
	}

	private CompletableFuture<String> ask(String name) {
		return this.client
			.getQueueUrl((request) -> request.queueName(name)
				.overrideConfiguration((override) -> override.apiCallTimeout(this.timeout)))
			.thenApply(GetQueueUrlResponse::queueUrl);
	}

	/** A queue that is gone may come back elsewhere. */
	void forget(String destination) {
		this.known.remove(destination);
	}

}
