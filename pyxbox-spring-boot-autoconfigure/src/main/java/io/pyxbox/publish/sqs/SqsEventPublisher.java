package io.pyxbox.publish.sqs;

import java.time.Duration;
import java.util.List;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.TimedPublisher;
import io.pyxbox.publish.aws.DestinationLookup;
import io.pyxbox.publish.aws.RequestBatch;
import software.amazon.awssdk.services.sqs.model.QueueDoesNotExistException;

/**
 * Passes events on to Amazon SQS; a destination is the name of a queue there, or its URL.
 * <p>
 * Queues whose names end with {@code .fifo} keep the order of each partition key. Others
 * keep none, whatever is done here. Thread-safe.
 */
final class SqsEventPublisher implements TimedPublisher {

	private final SqsService service;

	private final QueueUrls urls;

	private final DestinationLookup lookup = new DestinationLookup(QueueDoesNotExistException.class);

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
	public Duration longestCall() {
		return RequestBatch.longest(this.ackTimeout);
	}

	@Override
	public String timeoutProperty() {
		return "pyxbox.sqs.ack-timeout";
	}

	@Override
	public void checkDestination(String destination) {
		if (!QueueUrls.isUrl(destination) && !QueueUrls.isName(destination)) {
			throw new IllegalArgumentException("SQS has no such queue. The name of a queue consists of up to 80 "
					+ "letters of ASCII, digits, '_' and '-', with '.fifo' at the end of a FIFO queue's; or it is the "
					+ "URL.");
		}
		if (this.checksQueues && this.lookup.isMissing(() -> this.urls.of(destination))) {
			throw new IllegalArgumentException("SQS has no such queue in the region and the account of the "
					+ "SqsAsyncClient. With 'pyxbox.sqs.check-queues=false' the application starts without it.");
		}
	}

}
