package io.pyxbox;

import java.util.List;

/**
 * The consumers that the outbox knows of: those that this application declares, and those
 * that other instances have registered or that have left something behind.
 * <p>
 * An event stays until every consumer that takes it has completed it, so a consumer that
 * was removed or renamed has to be forgotten, or what it no longer takes stays for ever.
 * <p>
 * Thread-safe. Everything happens in the calling thread's transaction of the outbox's
 * {@code DataSource} if there is one.
 */
public interface OutboxConsumers {

	/**
	 * Returns all consumers that are named anywhere: registered, failing, in dead
	 * letters, in one of the oldest events, or declared in this application.
	 * @return the consumers, by their names
	 */
	List<OutboxConsumer> list();

	/**
	 * Forgets a consumer that no instance declares any more (see
	 * {@link OutboxConsumer#lastSeenAt()}): its registration, its failing deliveries, and
	 * its part in the events that wait.
	 * <ul>
	 * <li>An event that some consumer has completed, and that no other still has to take,
	 * has waited for the forgotten one only. It is deleted.
	 * <li>An event that others still have to take waits for them as before.
	 * <li>An event that nobody has completed and nobody else takes stays, as one that
	 * nobody takes: for the same consumer under its new name, or for you to delete. So
	 * does an event that was redriven for the forgotten one. They are
	 * {@linkplain Forgotten#left() counted}.
	 * <li>Its dead letters stay. Those that blocked their key do no more: their events
	 * are completed for it, and redriven for it alone should it ever come back.
	 * </ul>
	 * Without a transaction it commits step by step; if it fails in between, or if an
	 * instance was completing events in the same moment, call it again. With one, other
	 * instances that start wait until it ends.
	 * @param consumer the consumer; nothing happens if it is unknown
	 * @return what became of its events
	 * @throws IllegalStateException if this application declares the consumer, or if it
	 * is receiving events in another instance at this moment
	 */
	Forgotten forget(ConsumerId consumer);

	/**
	 * What became of the events of a consumer that was forgotten.
	 *
	 * @param deleted how many events had waited for it only, and are gone
	 * @param left how many events it would have taken that nobody else takes; they stay
	 */
	record Forgotten(long deleted, long left) {
	}

}
