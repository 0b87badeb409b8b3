package io.pyxbox.publish.rabbit;

import java.time.Duration;

import io.pyxbox.publish.PropertyChecks;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code pyxbox.rabbit.*}.
 *
 * @param enabled Whether there is a publisher 'rabbit' where Spring AMQP and a
 * ConnectionFactory are there.
 * @param ackTimeout How long to wait for RabbitMQ to confirm an event before it counts as
 * down.
 * @param inFlightPerKey How many events of a partition key may be on their way at the
 * same time. With more than one, an event that RabbitMQ refuses may be overtaken by the
 * next ones of its key.
 */
@ConfigurationProperties("pyxbox.rabbit")
record RabbitPublisherProperties(@DefaultValue("true") boolean enabled, @DefaultValue("30s") Duration ackTimeout,
		@DefaultValue("1") int inFlightPerKey) {

	RabbitPublisherProperties {
		PropertyChecks.requireAckTimeout("pyxbox.rabbit.ack-timeout", ackTimeout);
		PropertyChecks.requireInFlight("pyxbox.rabbit.in-flight-per-key", inFlightPerKey);
	}

}
