package io.pyxbox;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Pulls events by hand, where a program decides itself when it wants one; and receives
 * messages from elsewhere, which come at least once, once each. Thread-safe.
 * <p>
 * It is itself a view of all events whose classes are known here, of the consumer
 * {@value #DEFAULT_CONSUMER}.
 */
public interface TransactionalInbox extends InboxView<Object> {

	/** The consumer that pulls where none is named. */
	String DEFAULT_CONSUMER = "inbox";

	/**
	 * Returns the view of a consumer, which has a progress of its own.
	 * @param consumer its name; not that of a listener
	 * @return a view of all events whose classes are known here
	 */
	InboxView<Object> forConsumer(String consumer);

	/**
	 * Runs an action unless it was run for the same message before. That the message was
	 * received is recorded in the same transaction: the caller's, if there is one that
	 * has not completed, or else one of its own. Where the same message is received at
	 * the same time, the second caller waits for the first one, and runs its action only
	 * if that has rolled back.
	 * <p>
	 * A record is kept for {@code pyxbox.inbox.retention}, or one for each partition, if
	 * messages are identified by {@linkplain MessagePosition their position}.
	 * @param <X> what the action may throw
	 * @param consumer who receives the message: each receiver receives it once
	 * @param message what identifies the message
	 * @param action what the message leads to
	 * @return whether the action was run
	 * @throws X as the action does; the transaction is rolled back, the caller's as well
	 */
	<X extends Exception> boolean receive(ConsumerId consumer, MessageIdentity message, InboxAction<X> action) throws X;

	/**
	 * Does the same for a message that is identified by an id.
	 * @param <X> what the action may throw
	 * @param consumer who receives the message
	 * @param messageId the id of the message, of any form
	 * @param action what the message leads to
	 * @return whether the action was run
	 * @throws X as the action does
	 */
	default <X extends Exception> boolean receive(String consumer, String messageId, InboxAction<X> action) throws X {
		return receive(new ConsumerId(consumer), MessageId.of(messageId), action);
	}

	/**
	 * Handles those messages of a batch that were not received before, all or nothing, in
	 * one transaction as {@link #receive} does, with one statement for all of them. Two
	 * batches with some of the same messages do not lock each other out, in whatever
	 * order they have them, as long as a transaction receives no more than one.
	 * @param <M> the messages
	 * @param <X> what the action may throw
	 * @param consumer who receives the messages
	 * @param messages the messages
	 * @param identity what identifies each of them
	 * @param action what they lead to; gets those that are new, in their order, unless
	 * there are none
	 * @return how many of them were new
	 * @throws X as the action does; the transaction is rolled back, the caller's as well
	 */
	<M, X extends Exception> int receiveAll(ConsumerId consumer, Collection<? extends M> messages,
			Function<? super M, ? extends MessageIdentity> identity, InboxHandler<? super List<M>, X> action) throws X;

	/**
	 * Stores a message that was not received before as an event, so that the broker can
	 * be told at once that it has arrived. Listeners receive it with all their attempts
	 * and in the order of its key; if nobody takes its type, it stays. In the caller's
	 * transaction, or in one of its own.
	 * @param consumer who stores it; each stores a message once
	 * @param message the message
	 * @return whether it was stored
	 * @throws InvalidEventException if it cannot be stored
	 */
	default boolean store(ConsumerId consumer, InboxMessage message) {
		return storeAll(consumer, List.of(message)) == 1;
	}

	/**
	 * Does the same for the consumer {@value #DEFAULT_CONSUMER}. The ids of all messages
	 * that are stored this way must differ, wherever they come from.
	 * @param message the message
	 * @return whether it was stored
	 * @throws InvalidEventException if it cannot be stored
	 */
	default boolean store(InboxMessage message) {
		return store(new ConsumerId(DEFAULT_CONSUMER), message);
	}

	/**
	 * Stores those messages of a batch that were not received before, in their order, all
	 * or nothing.
	 * @param consumer who stores them; each stores a message once
	 * @param messages the messages
	 * @return how many were stored
	 * @throws InvalidEventException if one of them cannot be stored; none is then
	 */
	int storeAll(ConsumerId consumer, Collection<InboxMessage> messages);

}
