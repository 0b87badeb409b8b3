package io.pyxbox.publish.kafka;

import io.pyxbox.EventPublisher;
import io.pyxbox.publish.CloudEventFormat;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.core.ProducerFactory;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for the publisher {@code kafka}.
 * Here, and not with the others, because only this package knows Kafka.
 */
@AutoConfiguration(afterName = { "io.pyxbox.autoconfigure.PyxboxAutoConfiguration",
		"org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration" })
@ConditionalOnClass(ProducerFactory.class)
@ConditionalOnSingleCandidate(ProducerFactory.class)
@ConditionalOnBean(CloudEventFormat.class)
@ConditionalOnBooleanProperty(name = "pyxbox.kafka.enabled", matchIfMissing = true)
@EnableConfigurationProperties(KafkaPublisherProperties.class)
public final class PyxboxKafkaAutoConfiguration {

	@Bean("kafka")
	@ConditionalOnMissingBean(name = "kafka")
	EventPublisher pyxboxKafkaEventPublisher(ProducerFactory<?, ?> producerFactory, CloudEventFormat format,
			ObjectProvider<KafkaRecordCustomizer> customizers, KafkaPublisherProperties properties) {
		KafkaProducers producers = new KafkaProducers(producerFactory, properties);
		KafkaRecords records = new KafkaRecords(format, customizers.orderedStream().toList());
		return (properties.transactionIdPrefix() != null)
				? new TransactionalKafkaPublisher(producers, records, properties.ackTimeout())
				: new KafkaEventPublisher(producers, records, properties.ackTimeout());
	}

}
