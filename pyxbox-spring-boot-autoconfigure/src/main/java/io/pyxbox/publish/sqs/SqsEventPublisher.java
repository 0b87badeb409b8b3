package io.pyxbox.publish.sqs;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.DestinationCheck;
import io.pyxbox.publish.InvalidPublishingException;
import io.pyxbox.publish.aws.Answers;
import io.pyxbox.publish.aws.RequestBatch;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;

/**
 * Passes events on to Amazon SQS; a destination is the name of a queue there, or its URL.
 * <p>
 * Queues whose names end with {@code .fifo} keep the order of each partition key. Others
 * keep none, whatever is done here. Thread-safe.
 */
final class SqsEventPublisher implements EventPublisher, DestinationCheck {

	private final SqsService service;

	private final QueueUrls urls;

	private final Duration ackTimeout;

	private final boolean checksQueues;

	SqsEventPublisher(SqsService service, QueueUrls urls, SqsPublisherProperties properties) {
		this.service = service;
		this.urls = urls;
		this.ackTimeout = properties.ackTimeout();
		this.checksQueues = properties.checkQueues();
	}

	@Override
	public List<PublishOutcome> publish(List<OutgoingEvent> events) throws InterruptedException {
		return new RequestBatch<>(this.service, events, this.ackTimeout).send();
	}

	@Override
	public void check(Set<String> destinations) {
		Map<String, CompletableFuture<String>> answers = new TreeMap<>();
		for (String destination : destinations) {
			if (!QueueUrls.isUrl(destination) && !QueueUrls.isName(destination)) {
				throw new InvalidPublishingException(
						"The publisher 'sqs' cannot send to '" + destination + "': that is not the name of a queue.",
						"Set 'pyxbox.publish.routes[].destination' to the name of a queue (letters, digits, '-' and "
								+ "'_', and '.fifo' at the end of a FIFO queue's, 80 characters at most) or to its "
								+ "URL.");
			}
			if (this.checksQueues) {
				answers.put(destination, this.urls.of(destination));
			}
		}
		Answers.failed(answers, QueueDoesNotExistException.class).ifPresent((destination) -> {
			throw new InvalidPublishingException(
					"The publisher 'sqs' cannot send to '" + destination + "': there is no such queue.",
					"Create it, or correct 'pyxbox.publish.routes[].destination', or the region and the account of "
							+ "the SqsAsyncClient. With 'pyxbox.sqs.check-queues=false' the application starts "
							+ "without it.");
		});
	}

}
