package io.pyxbox.publish.rabbit;

import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.List;
import java.util.Set;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.WireMessage;

import org.springframework.amqp.core.Message;
import org.springframework.amqp.core.MessageDeliveryMode;
import org.springframework.amqp.core.MessageProperties;
import org.springframework.amqp.rabbit.support.DefaultMessagePropertiesConverter;
import org.springframework.amqp.rabbit.support.MessagePropertiesConverter;

/**
 * Makes messages of events, as the AMQP protocol binding of CloudEvents says. Messages
 * are persistent, and their id is the event's: what RabbitMQ returns is known by it.
 * Thread-safe.
 */
final class RabbitMessages {

	/**
	 * Of the two prefixes that the binding knows, the one that all of its versions know.
	 */
	private static final String PREFIX = "cloudEvents:";

	/** Lists of routing keys to RabbitMQ, which ends the channel if they are texts. */
	private static final Set<String> ROUTING = Set.of("CC", "BCC");

	private final CloudEventFormat format;

	private final List<RabbitMessageCustomizer> customizers;

	private final MessagePropertiesConverter converter = new DefaultMessagePropertiesConverter();

	RabbitMessages(CloudEventFormat format, List<RabbitMessageCustomizer> customizers) {
		this.format = format;
		this.customizers = List.copyOf(customizers);
	}

	OutgoingMessage of(OutgoingEvent event) {
		WireMessage wire = this.format.message(event);
		Message message = new Message(wire.body(), properties(event, wire));
		for (RabbitMessageCustomizer customizer : this.customizers) {
			message = customizer.customize(message, event);
		}
		MessageProperties properties = message.getMessageProperties();
		properties.setMessageId(event.metadata().id().toString());
		return new OutgoingMessage(RabbitDestination.of(event),
				this.converter.fromMessageProperties(properties, StandardCharsets.UTF_8.name()), message.getBody());
	}

	private static MessageProperties properties(OutgoingEvent event, WireMessage wire) {
		MessageProperties properties = new MessageProperties();
		properties.setContentType(wire.contentType());
		properties.setDeliveryMode(MessageDeliveryMode.PERSISTENT);
		properties.setTimestamp(Date.from(event.metadata().createdAt()));
		// What is said of the event itself is not to be said by anybody else.
		wire.headersBeside(PREFIX).forEach((name, value) -> {
			if (!ROUTING.contains(name)) {
				properties.setHeader(name, value);
			}
		});
		wire.attributes().forEach((name, value) -> properties.setHeader(PREFIX + name, value));
		return properties;
	}

	/**
	 * What goes to RabbitMQ.
	 *
	 * @param destination where it goes
	 * @param properties its properties and headers
	 * @param body its body
	 */
	record OutgoingMessage(RabbitDestination destination, BasicProperties properties, byte[] body) {
	}

}
