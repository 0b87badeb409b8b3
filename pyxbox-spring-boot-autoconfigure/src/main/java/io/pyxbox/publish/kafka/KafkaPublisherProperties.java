package io.pyxbox.publish.kafka;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties {@code pyxbox.kafka.*}.
 *
 * @param enabled Whether there is a publisher 'kafka' where Spring Kafka and a
 * ProducerFactory are there.
 * @param ackTimeout How long to wait for Kafka to acknowledge a batch before it counts as
 * down.
 * @param transactional Whether each batch is a transaction of Kafka's. Needs a
 * ProducerFactory with a prefix for transaction ids.
 */
@ConfigurationProperties("pyxbox.kafka")
record KafkaPublisherProperties(@DefaultValue("true") boolean enabled, @DefaultValue("30s") Duration ackTimeout,
		@DefaultValue("false") boolean transactional) {

	KafkaPublisherProperties {
		if (ackTimeout.compareTo(Duration.ofMillis(100)) < 0 || ackTimeout.compareTo(Duration.ofHours(1)) > 0) {
			throw new IllegalArgumentException(
					"'pyxbox.kafka.ack-timeout' must be between 100ms and an hour, but is " + ackTimeout);
		}
	}

}
