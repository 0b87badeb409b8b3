package io.pyxbox.publish;

import io.pyxbox.EventMetadata;
import io.pyxbox.store.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * What goes to which publisher, and where from there. Thread-safe.
 */
interface Routing {

	/** What a publisher takes; nothing, if nothing is routed to it. */
	Subscription subscriptionOf(String publisher);

	/**
	 * Returns the destination of an event that a publisher takes.
	 * @return the destination, or {@code null} if it does not go to this publisher
	 */
	@Nullable String destinationOf(EventMetadata metadata, String publisher);

}
