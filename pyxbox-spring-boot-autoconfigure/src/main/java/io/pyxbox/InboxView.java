package io.pyxbox;

import java.util.List;
import java.util.Optional;

/**
 * Some of the events, as one consumer pulls them. Thread-safe.
 * <p>
 * Whoever pulls gets the first event that nobody else of the consumer is pulling, in any
 * process. Events of one partition key come in their order, and only one of them is under
 * way at a time; events without a key wait for nobody. Order is kept among what a view
 * takes: let views of other events be views of other consumers, too, if the order between
 * them matters.
 * <p>
 * An event stays until the last consumer that takes it has completed it, whether it pulls
 * or listens. Events are kept for a view from the moment when it was
 * {@linkplain #register() registered}; pulling for the first time does that.
 *
 * @param <T> what the events have in common
 */
public interface InboxView<T> {

	/** How many events {@link #take} takes at most. */
	int MAX_TAKEN = 1000;

	/**
	 * Returns the view of the same consumer of certain events.
	 * @param <E> what they have in common
	 * @param type their class, or what they are assignable to
	 * @return the view
	 * @throws IllegalArgumentException if no event class is assignable to it
	 */
	<E extends T> InboxView<E> ofType(Class<E> type);

	/**
	 * Returns the view of the same consumer of events of certain topics.
	 * @param topics exact topics, at least one
	 * @return the view
	 */
	InboxView<T> ofTopics(String... topics);

	/**
	 * Registers the view, so that events are kept for it from now on. To be called at
	 * start-up where listeners or other consumers take the same events: what they
	 * complete before is gone. Takes a connection of its own.
	 * @return the view
	 */
	InboxView<T> register();

	/**
	 * Pulls the next event in a transaction of its own: the work of the handler and the
	 * completion of the event commit together. If the handler throws, neither does, and
	 * the event stays as if it had never been pulled.
	 * @param <X> what the handler may throw
	 * @param handler is called in the transaction, in the calling thread, unless there is
	 * no event
	 * @return whether there was one
	 * @throws X as the handler does
	 */
	<X extends Exception> boolean next(InboxHandler<? super EventEnvelope<T>, X> handler) throws X;

	/**
	 * Pulls the next event in the caller's transaction, which completes it when it
	 * commits. If it rolls back, also to a savepoint from before the call, the event
	 * stays. Called again, it goes on to the event after that, for 500 events at most.
	 * @return the event, if there is one
	 * @throws TransactionRequiredException if there is no transaction, or it has
	 * completed
	 * @throws PyxboxException if the transaction is stricter than {@code READ COMMITTED},
	 * has pulled 500 events, or was rolled back to a savepoint that Spring does not know
	 * of
	 */
	Optional<EventEnvelope<T>> next();

	/**
	 * Pulls several events in a transaction of its own, all or nothing.
	 * @param <X> what the handler may throw
	 * @param max how many at most, from 1 to {@link #MAX_TAKEN}. There may be fewer,
	 * although more are waiting: a transaction locks 50 keys at most, each event without
	 * one counting as a key.
	 * @param handler is called in the transaction, in the calling thread, unless there is
	 * no event
	 * @return how many there were
	 * @throws X as the handler does
	 */
	<X extends Exception> int take(int max, InboxHandler<? super List<EventEnvelope<T>>, X> handler) throws X;

	/**
	 * Pulls events one by one, each in a transaction of its own, and waits for more,
	 * until the application stops or the calling thread is interrupted. What is under way
	 * then ends first. Any number of threads may do so.
	 * <p>
	 * If the handler throws, its transaction rolls back, and the event is tried again
	 * later, or becomes a dead letter, as that of a listener. While the database is away
	 * this waits for its return.
	 * @param handler is called in the transaction, in the calling thread
	 */
	void consume(InboxHandler<? super EventEnvelope<T>, ? extends Exception> handler);

}
