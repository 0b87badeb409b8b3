package io.pyxbox.publish.rabbit;

import java.util.Set;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import io.pyxbox.PublishOutcome;

/**
 * Tells what the end of a channel or of a connection says: of a message that was sent on
 * it, of its exchange, or of the broker.
 */
final class RabbitFailure {

	/** An exchange may be about to be created, and rights to be granted. */
	private static final Set<Integer> OF_THE_EXCHANGE = Set.of(AMQP.ACCESS_REFUSED, AMQP.NOT_FOUND,
			AMQP.RESOURCE_LOCKED);

	/** RabbitMQ ends the connection where it cannot read a message at all. */
	private static final Set<Integer> UNREADABLE = Set.of(AMQP.FRAME_ERROR, AMQP.SYNTAX_ERROR, AMQP.COMMAND_INVALID,
			AMQP.UNEXPECTED_FRAME, AMQP.NOT_IMPLEMENTED);

	private RabbitFailure() {
	}

	/** Whether one of the messages on their way is to blame. */
	static boolean isOfAMessage(ShutdownSignalException cause) {
		if (cause.isInitiatedByApplication()) {
			return false;
		}
		return cause.getReason() instanceof AMQP.Channel.Close || UNREADABLE.contains(codeOf(cause));
	}

	/** Whether any other message to this exchange would end like that. */
	static boolean isOfTheExchange(ShutdownSignalException cause) {
		return OF_THE_EXCHANGE.contains(codeOf(cause));
	}

	static PublishOutcome outcomeOf(RabbitDestination destination, ShutdownSignalException cause) {
		Throwable refused = MessageRefusedException.closed(destination, cause);
		return isOfTheExchange(cause) ? PublishOutcome.failed(refused) : PublishOutcome.rejected(refused);
	}

	static String reasonOf(ShutdownSignalException cause) {
		Method reason = cause.getReason();
		if (reason instanceof AMQP.Channel.Close close) {
			return close.getReplyCode() + " " + close.getReplyText();
		}
		if (reason instanceof AMQP.Connection.Close close) {
			return close.getReplyCode() + " " + close.getReplyText();
		}
		return String.valueOf(cause.getMessage());
	}

	private static int codeOf(ShutdownSignalException cause) {
		Method reason = cause.getReason();
		if (reason instanceof AMQP.Channel.Close close) {
			return close.getReplyCode();
		}
		return (reason instanceof AMQP.Connection.Close close) ? close.getReplyCode() : 0;
	}

}
