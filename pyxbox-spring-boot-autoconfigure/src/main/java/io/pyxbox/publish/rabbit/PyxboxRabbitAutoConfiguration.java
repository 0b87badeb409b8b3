package io.pyxbox.publish.rabbit;

import com.rabbitmq.client.Channel;
import io.pyxbox.EventPublisher;
import io.pyxbox.publish.CloudEventFormat;

import org.springframework.amqp.rabbit.connection.ConnectionFactory;
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
 * {@link EnableAutoConfiguration Auto-configuration} for the publisher {@code rabbit}.
 * Here, and not with the others, because only this package knows RabbitMQ.
 */
@AutoConfiguration(afterName = { "io.pyxbox.autoconfigure.PyxboxAutoConfiguration",
		"org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration" })
@ConditionalOnClass({ ConnectionFactory.class, Channel.class })
@ConditionalOnSingleCandidate(ConnectionFactory.class)
@ConditionalOnBean(CloudEventFormat.class)
@ConditionalOnBooleanProperty(name = "pyxbox.rabbit.enabled", matchIfMissing = true)
@EnableConfigurationProperties(RabbitPublisherProperties.class)
public final class PyxboxRabbitAutoConfiguration {

	@Bean("rabbit")
	@ConditionalOnMissingBean(name = "rabbit")
	EventPublisher pyxboxRabbitEventPublisher(ConnectionFactory connectionFactory, CloudEventFormat format,
			ObjectProvider<RabbitMessageCustomizer> customizers, RabbitPublisherProperties properties) {
		return new RabbitEventPublisher(new RabbitChannels(connectionFactory),
				new RabbitMessages(format, customizers.orderedStream().toList()), properties.ackTimeout(),
				properties.inFlightPerKey());
	}

}
