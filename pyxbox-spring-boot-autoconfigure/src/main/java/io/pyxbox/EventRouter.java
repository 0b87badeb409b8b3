package io.pyxbox;

import java.util.List;
import java.util.Objects;

/**
 * Says in code where events go, in place of {@code pyxbox.publish.routes}. With a bean of
 * this type every publisher takes all events that have a topic, and the router is asked
 * for each. What it does not route to a publisher is complete for that one, without a
 * call.
 * <p>
 * It is asked once for each publisher, and again at each attempt. So its answer must
 * depend on the event alone, and not on the time, nor on {@link EventMetadata#consumer()}
 * or {@link EventMetadata#attempt()}. Called by several threads at the same time.
 */
@FunctionalInterface
public interface EventRouter {

	/**
	 * Says where an event goes.
	 * @param metadata what is known of the event
	 * @return a route for each publisher that is to pass it on; empty if none is. An
	 * exception, or a publisher that there is not, counts as a failed attempt of this
	 * event.
	 */
	List<Route> route(EventMetadata metadata);

	/**
	 * A publisher and a destination.
	 *
	 * @param publisher the name of the publisher's bean
	 * @param destination the destination, as the publisher knows it
	 */
	record Route(String publisher, String destination) {

		public Route {
			Objects.requireNonNull(publisher, "publisher");
			if (destination.isBlank()) {
				throw new IllegalArgumentException("The destination must not be blank");
			}
		}

	}

}
