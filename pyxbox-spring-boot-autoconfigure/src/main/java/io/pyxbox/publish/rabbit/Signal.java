package io.pyxbox.publish.rabbit;

import com.rabbitmq.client.ShutdownSignalException;
import org.jspecify.annotations.Nullable;

/**
 * What RabbitMQ says of a channel and of what was sent on it, in the order in which it
 * says it.
 */
sealed interface Signal {

	/**
	 * RabbitMQ has taken over responsibility for messages, or refuses to.
	 *
	 * @param number the number of the message on its channel
	 * @param multiple whether it counts for all earlier ones, too
	 * @param acked whether it has
	 */
	record Confirmed(long number, boolean multiple, boolean acked) implements Signal {
	}

	/**
	 * No queue takes a message. A confirmation follows.
	 *
	 * @param messageId the message's id
	 * @param reason what RabbitMQ says
	 */
	record Returned(@Nullable String messageId, String reason) implements Signal {
	}

	/**
	 * The channel is closed. Nothing follows.
	 *
	 * @param cause by whom, and why
	 */
	record Closed(ShutdownSignalException cause) implements Signal {
	}

}
