package io.pyxbox.inbox;

import java.util.List;

import io.pyxbox.MessagePosition;
import org.jspecify.annotations.Nullable;

/**
 * Knows messages of one library. Thread-safe.
 */
public interface MessageReader {

	/**
	 * Tells whether objects of a class are messages of the library.
	 * @param type the class
	 * @return whether {@link #read} can read them
	 */
	boolean reads(Class<?> type);

	/**
	 * Reads a message.
	 * @param message an object that this can read
	 * @return what it says of itself
	 */
	Properties read(Object message);

	/**
	 * Tells whether objects of a class are batches of messages, beside lists.
	 * @param type the class
	 * @return whether they are
	 */
	default boolean isBatch(Class<?> type) {
		return false;
	}

	/**
	 * Returns the messages of a batch.
	 * @param batch a batch
	 * @return its messages, in their order
	 */
	default List<?> messages(Object batch) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns a batch of fewer messages.
	 * @param batch a batch
	 * @param messages some of its messages, in their order
	 * @return a batch of the same class
	 */
	default Object only(Object batch, List<?> messages) {
		throw new UnsupportedOperationException();
	}

	/**
	 * Returns what a listener gets in the place of an argument with which it acknowledges
	 * by hand. What it says takes effect when the transaction has ended.
	 * @param argument an argument of a listener
	 * @return what stands in for it, or {@code null} if it is there for something else
	 */
	default @Nullable StandIn standIn(Object argument) {
		return null;
	}

	/**
	 * Returns what is thrown in the place of an exception that says how much of a batch
	 * was handled: nothing was, for all of it is rolled back.
	 * @param failure what a listener has thrown
	 * @return an exception that has it suppressed, or {@code null} if it says no such
	 * thing
	 */
	default @Nullable RuntimeException ofWholeBatch(Throwable failure) {
		return null;
	}

	/**
	 * With which a listener acknowledges by hand.
	 */
	interface StandIn {

		/**
		 * Tells whether the listener wants the messages again.
		 * @return whether the transaction has to be rolled back
		 */
		boolean isRefused();

		/**
		 * Passes on what the listener has said so far, and at once what it says from now
		 * on.
		 */
		void passOn();

		/**
		 * Acknowledges what the listener was not called for.
		 */
		void skip();

	}

	/**
	 * What a message says of itself.
	 */
	interface Properties {

		/**
		 * Returns a header.
		 * @param name its name
		 * @return its value, if there is one
		 */
		@Nullable String header(String name);

		/**
		 * Returns the media type of the content.
		 * @return the type, if it is known
		 */
		@Nullable String contentType();

		/**
		 * Returns the content.
		 * @return a text or bytes, or any object
		 */
		@Nullable Object content();

		/**
		 * Returns the id that the protocol has a place for.
		 * @return the id, if there is one
		 */
		@Nullable String protocolId();

		/**
		 * Returns the position in a log.
		 * @return the position, if there is one
		 */
		@Nullable MessagePosition position();

	}

}
