package io.pyxbox.publish.kinesis;

import java.time.Duration;

import io.pyxbox.publish.PropertyChecks;
import io.pyxbox.publish.PublishFormat;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * The properties {@code pyxbox.kinesis.*}.
 *
 * @param enabled Whether there is a publisher 'kinesis' where the client of Kinesis is
 * there.
 * @param ackTimeout How long to wait for Kinesis to answer a request before it counts as
 * down.
 * @param inFlightPerKey How many events of a partition key may go by one request. With
 * more than one, a record that Kinesis refuses may be overtaken by the next ones of its
 * key.
 * @param maxRequestSize Largest size of the records of a request together.
 * @param format How events look in Kinesis, whose records have no headers: a JSON
 * document of CloudEvents, or the payload as it is stored, without anything else.
 * @param checkStreams Whether streams that routes name are looked for at start-up, so
 * that one that is missing stops it.
 */
@ConfigurationProperties("pyxbox.kinesis")
record KinesisPublisherProperties(@DefaultValue("true") boolean enabled, @DefaultValue("30s") Duration ackTimeout,
		@DefaultValue("1") int inFlightPerKey, @DefaultValue("5MB") DataSize maxRequestSize,
		@DefaultValue("structured") PublishFormat format, @DefaultValue("true") boolean checkStreams) {

	private static final DataSize LARGEST = DataSize.ofMegabytes(10);

	KinesisPublisherProperties {
		PropertyChecks.requireAckTimeout("pyxbox.kinesis.ack-timeout", ackTimeout);
		PropertyChecks.requireInFlight("pyxbox.kinesis.in-flight-per-key", inFlightPerKey);
		if (maxRequestSize.toBytes() < 1 || maxRequestSize.compareTo(LARGEST) > 0) {
			throw new IllegalArgumentException("'pyxbox.kinesis.max-request-size' must be between 1B and 10MB, which "
					+ "is what Kinesis takes, but is " + maxRequestSize);
		}
	}

}
