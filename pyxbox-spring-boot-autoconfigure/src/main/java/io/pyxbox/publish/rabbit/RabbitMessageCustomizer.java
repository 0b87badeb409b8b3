package io.pyxbox.publish.rabbit;

import io.pyxbox.OutgoingEvent;

import org.springframework.amqp.core.Message;

/**
 * Changes what is sent to RabbitMQ: headers, priority, expiration, the body. A bean of
 * this type is called for each event, by several threads at the same time; several of
 * them in their order. An exception counts as a failed attempt. The id of the message is
 * the event's, whatever a customizer sets.
 */
@FunctionalInterface
public interface RabbitMessageCustomizer {

	/**
	 * Changes a message.
	 * @param message the message
	 * @param event the event that it was made of
	 * @return the message to send, the same or another one
	 */
	Message customize(Message message, OutgoingEvent event);

}
