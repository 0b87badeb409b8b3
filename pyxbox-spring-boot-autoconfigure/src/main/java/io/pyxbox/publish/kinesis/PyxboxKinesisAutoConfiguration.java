package io.pyxbox.publish.kinesis;

import io.pyxbox.EventPublisher;
import io.pyxbox.publish.CloudEventFormat;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;

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

/**
 * {@link EnableAutoConfiguration Auto-configuration} for the publisher {@code kinesis}.
 * Here, and not with the others, because only this package knows Kinesis.
 */
@AutoConfiguration(afterName = { "io.pyxbox.autoconfigure.PyxboxAutoConfiguration",
		"io.awspring.cloud.autoconfigure.kinesis.KinesisAutoConfiguration" })
@ConditionalOnClass(KinesisAsyncClient.class)
@ConditionalOnSingleCandidate(KinesisAsyncClient.class)
@ConditionalOnBean(CloudEventFormat.class)
@ConditionalOnBooleanProperty(name = "pyxbox.kinesis.enabled", matchIfMissing = true)
@EnableConfigurationProperties(KinesisPublisherProperties.class)
public final class PyxboxKinesisAutoConfiguration {

	@Bean("kinesis")
	@ConditionalOnMissingBean(name = "kinesis")
	EventPublisher pyxboxKinesisEventPublisher(KinesisAsyncClient client, CloudEventFormat format,
			ObjectProvider<KinesisRecordCustomizer> customizers, KinesisPublisherProperties properties) {
		KinesisRecords records = new KinesisRecords(format, properties.format(), customizers.orderedStream().toList());
		return new KinesisEventPublisher(new KinesisService(client, records, properties), properties);
	}

}
