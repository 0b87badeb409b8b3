package io.pyxbox.publish.kinesis;

import java.time.Duration;
import java.util.List;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.TimedPublisher;
import io.pyxbox.publish.aws.DestinationLookup;
import io.pyxbox.publish.aws.RequestBatch;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

/**
 * Passes events on to Amazon Kinesis Data Streams; a destination is the name of a stream
 * there, or its ARN. The order of each partition key is kept. Thread-safe.
 */
final class KinesisEventPublisher implements TimedPublisher {

	private final KinesisService service;

	private final DestinationLookup lookup = new DestinationLookup(ResourceNotFoundException.class);

	private final Duration ackTimeout;

	private final boolean checksStreams;

	KinesisEventPublisher(KinesisService service, KinesisPublisherProperties properties) {
		this.service = service;
		this.ackTimeout = properties.ackTimeout();
		this.checksStreams = properties.checkStreams();
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
		return "pyxbox.kinesis.ack-timeout";
	}

	@Override
	public void checkDestination(String destination) {
		if (!KinesisService.isStream(destination)) {
			throw new IllegalArgumentException("Kinesis has no such stream. The name of a stream consists of up to 128 "
					+ "letters of ASCII, digits, '.', '_' and '-'; or it is the ARN.");
		}
		if (this.checksStreams && this.lookup.isMissing(() -> this.service.find(destination))) {
			throw new IllegalArgumentException("Kinesis has no such stream in the region and the account of the "
					+ "KinesisAsyncClient. With 'pyxbox.kinesis.check-streams=false' the application starts without "
					+ "it.");
		}
	}

}
