package io.pyxbox;

import java.util.List;

/**
 * Passes events on to where they go beyond this application: a broker, a queue, another
 * service. A bean of this type is one consumer, named after the bean: it has its own
 * progress, its own retries and its own dead letters. Which topics it takes is said by
 * {@code pyxbox.publish.routes}, or by an {@link EventRouter}.
 * <p>
 * An event is complete for a publisher when its outcome is
 * {@linkplain PublishOutcome#acked() acked}, and not before. It may be passed on more
 * than once (if the outcome could not be recorded), always with the same id; so let the
 * receiver deduplicate by it.
 * <p>
 * Called by several threads at the same time, for events of different keys, outside any
 * transaction. A call is interrupted if it takes longer than
 * {@code pyxbox.poller.listener-timeout}.
 */
@FunctionalInterface
public interface EventPublisher {

	/**
	 * Passes events on. Those of one partition key have to arrive in the order of the
	 * list. Where one of them is not acked, the later ones of its key may be passed on
	 * again, whatever their outcome is: so stop at it, if stopping is possible, and
	 * return {@link PublishOutcome#notSent()} for them.
	 * @param events the events, at least one
	 * @return an outcome for each event, in the same order
	 * @throws Exception if it is not known what became of the events. If it is about the
	 * network (connection refused, time-out and the like, or a
	 * {@link DestinationUnavailableException}), it counts as
	 * {@linkplain PublishOutcome#failed failed} for all of them, and pauses the publisher
	 * if that goes on. Otherwise one of the events may be to blame for all: then they
	 * come again one by one, and an exception counts for the one that it is thrown for.
	 */
	List<PublishOutcome> publish(List<OutgoingEvent> events) throws Exception;

	/**
	 * Checks a destination that is configured, before anything is published. It is about
	 * what can never exist, and about what somebody says that there is not: who is away
	 * is no reason not to start, and is not waited for.
	 * @param destination the destination of a route
	 * @throws IllegalArgumentException if there can be no such destination; stops the
	 * start of the application with its message
	 */
	default void checkDestination(String destination) {
	}

}
