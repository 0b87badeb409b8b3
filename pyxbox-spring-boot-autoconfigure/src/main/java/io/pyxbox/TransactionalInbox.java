package io.pyxbox;

/**
 * Pulls events by hand, where a program decides itself when it wants one, and receives
 * messages from elsewhere once each. Thread-safe.
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

}
