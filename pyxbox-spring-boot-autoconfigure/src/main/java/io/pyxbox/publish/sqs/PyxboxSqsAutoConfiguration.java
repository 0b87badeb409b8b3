package io.pyxbox.publish.sqs;

import io.pyxbox.EventPublisher;
import io.pyxbox.publish.CloudEventFormat;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;

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
 * {@link EnableAutoConfiguration Auto-configuration} for the publisher {@code sqs}. Here,
 * and not with the others, because only this package knows SQS.
 */
@AutoConfiguration(afterName = { "io.pyxbox.autoconfigure.PyxboxAutoConfiguration",
		"io.awspring.cloud.autoconfigure.sqs.SqsAutoConfiguration" })
@ConditionalOnClass(SqsAsyncClient.class)
@ConditionalOnSingleCandidate(SqsAsyncClient.class)
@ConditionalOnBean(CloudEventFormat.class)
@ConditionalOnBooleanProperty(name = "pyxbox.sqs.enabled", matchIfMissing = true)
@EnableConfigurationProperties(SqsPublisherProperties.class)
public final class PyxboxSqsAutoConfiguration {

	@Bean("sqs")
	@ConditionalOnMissingBean(name = "sqs")
	EventPublisher pyxboxSqsEventPublisher(SqsAsyncClient client, CloudEventFormat format,
			ObjectProvider<SqsMessageCustomizer> customizers, SqsPublisherProperties properties) {
		QueueUrls urls = new QueueUrls(client, properties.ackTimeout());
		SqsMessages messages = new SqsMessages(format, customizers.orderedStream().toList());
		SqsService service = new SqsService(client, urls, messages, properties);
		return new SqsEventPublisher(service, urls, properties);
	}

}
