package io.pyxbox.publish.kinesis;

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
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

/**
 * Passes events on to Amazon Kinesis Data Streams; a destination is the name of a stream
 * there, or its ARN. The order of each partition key is kept. Thread-safe.
 */
final class KinesisEventPublisher implements EventPublisher, DestinationCheck {

	private final KinesisService service;

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
	public void check(Set<String> destinations) {
		Map<String, CompletableFuture<?>> answers = new TreeMap<>();
		for (String destination : destinations) {
			if (!KinesisService.isStream(destination)) {
				throw new InvalidPublishingException(
						"The publisher 'kinesis' cannot send to '" + destination
								+ "': that is not the name of a stream.",
						"Set 'pyxbox.publish.routes[].destination' to the name of a stream (letters, digits, '-', '_' "
								+ "and '.', 128 characters at most) or to its ARN.");
			}
			if (this.checksStreams) {
				answers.put(destination, this.service.find(destination));
			}
		}
		Answers.failed(answers, ResourceNotFoundException.class).ifPresent((destination) -> {
			throw new InvalidPublishingException(
					"The publisher 'kinesis' cannot send to '" + destination + "': there is no such stream.",
					"Create it, or correct 'pyxbox.publish.routes[].destination', or the region and the account of "
							+ "the KinesisAsyncClient. With 'pyxbox.kinesis.check-streams=false' the application "
							+ "starts without it.");
		});
	}

}
