package io.pyxbox.publish.sqs;

import io.pyxbox.OutgoingEvent;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

/**
 * Changes what is sent to SQS: attributes, the group, a delay, the body. A bean of this
 * type is called for each event, by several threads at the same time; several of them in
 * their order. An exception counts as a failed attempt.
 */
@FunctionalInterface
public interface SqsMessageCustomizer {

	/**
	 * Changes a message.
	 * @param message the message; its id within the request is not its own yet
	 * @param event the event that it was made of
	 * @return the message to send, the same or another one
	 */
	SendMessageBatchRequestEntry customize(SendMessageBatchRequestEntry message, OutgoingEvent event);

}
