package io.pyxbox.publish.sqs;

import java.time.Duration;

import io.pyxbox.publish.PropertyChecks;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code pyxbox.sqs.*}.
 *
 * @param enabled Whether there is a publisher 'sqs' where the client of SQS is there.
 * @param ackTimeout How long to wait for SQS to answer a request before it counts as
 * down.
 * @param inFlightPerKey How many events of a partition key may go by one request to a
 * FIFO queue. With more than one, a message that SQS refuses may be overtaken by the next
 * ones of its key.
 * @param maxRequestSize Largest size of the messages of a request together. A larger
 * message goes alone, and it is for its queue to take it or not.
 * @param checkQueues Whether queues that routes name are looked for at start-up, so that
 * one that is missing stops it.
 */
@ConfigurationProperties("pyxbox.sqs")
record SqsPublisherProperties(@DefaultValue("true") boolean enabled, @DefaultValue("30s") Duration ackTimeout,
		@DefaultValue("1") int inFlightPerKey, @DefaultValue("256KB") DataSize maxRequestSize,
		@DefaultValue("true") boolean checkQueues) {

	private static final DataSize LARGEST = DataSize.ofMegabytes(1);

	SqsPublisherProperties {
		PropertyChecks.requireAckTimeout("pyxbox.sqs.ack-timeout", ackTimeout);
		PropertyChecks.requireInFlight("pyxbox.sqs.in-flight-per-key", inFlightPerKey);
		if (maxRequestSize.toBytes() < 1 || maxRequestSize.compareTo(LARGEST) > 0) {
			throw new IllegalArgumentException("'pyxbox.sqs.max-request-size' must be between 1B and 1MB, which is "
					+ "what SQS takes, but is " + maxRequestSize);
		}
	}

}
