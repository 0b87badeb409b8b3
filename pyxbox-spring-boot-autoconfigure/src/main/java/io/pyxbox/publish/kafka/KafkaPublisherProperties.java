package io.pyxbox.publish.kafka;

import java.time.Duration;

import io.pyxbox.publish.PropertyChecks;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.StringUtils;

/**
 * The properties {@code pyxbox.kafka.*}.
 *
 * @param enabled Whether there is a publisher 'kafka' where Spring Kafka and a
 * ProducerFactory are there.
 * @param ackTimeout How long to wait for Kafka to acknowledge a batch before it counts as
 * down.
 * @param transactionIdPrefix Prefix of the ids of transactions, different for each
 * instance. By default there are none; with it, each batch is a transaction of Kafka's.
 */
@ConfigurationProperties("pyxbox.kafka")
record KafkaPublisherProperties(@DefaultValue("true") boolean enabled, @DefaultValue("30s") Duration ackTimeout,
		@Nullable String transactionIdPrefix) {

	KafkaPublisherProperties {
		PropertyChecks.requireAckTimeout("pyxbox.kafka.ack-timeout", ackTimeout);
		transactionIdPrefix = StringUtils.hasText(transactionIdPrefix) ? transactionIdPrefix : null;
	}

}
