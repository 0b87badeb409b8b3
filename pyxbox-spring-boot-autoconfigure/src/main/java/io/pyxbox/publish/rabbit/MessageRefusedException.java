package io.pyxbox.publish.rabbit;

import com.rabbitmq.client.ShutdownSignalException;
import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

/**
 * Says why RabbitMQ has not taken a message.
 */
final class MessageRefusedException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private MessageRefusedException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

	static MessageRefusedException returned(RabbitDestination destination, String reason) {
		return new MessageRefusedException("No queue takes it (" + reason + "): " + destination, null);
	}

	static MessageRefusedException nacked(RabbitDestination destination) {
		return new MessageRefusedException(
				"RabbitMQ refuses it (basic.nack), for example because a queue is full: " + destination, null);
	}

	static MessageRefusedException closed(RabbitDestination destination, ShutdownSignalException cause) {
		return new MessageRefusedException(
				"RabbitMQ refuses it (" + RabbitFailure.reasonOf(cause) + "): " + destination, cause);
	}

}
