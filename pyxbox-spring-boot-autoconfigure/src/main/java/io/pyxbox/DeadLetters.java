package io.pyxbox;

import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The dead letters of the outbox: look at them, redrive them, discard them.
 * <p>
 * <b>To redrive</b> is to have the event delivered once more to the consumer that gave it
 * up, and to no other, with all its attempts before it. If the dead letter blocks its
 * key, the event is delivered in its old place, before those that wait behind it.
 * Otherwise its key has gone on without it, and it is delivered behind what waits now;
 * several are put there in the order of their numbers. The event's id and time of
 * creation stay what they were.
 * <p>
 * <b>To discard</b> is to end the delivery without the event. If the dead letter blocks
 * its key, the key goes on.
 * <p>
 * <b>Transactions.</b> Everything happens in the calling thread's transaction of the
 * outbox's {@code DataSource} if there is one, and is undone with it; the locks that it
 * takes are then held until that transaction ends, so end it soon. Without one, each call
 * commits before it returns; a call with many ids or a filter commits every few hundred
 * dead letters, so if it fails, those before stay redriven or discarded.
 * <p>
 * <b>At the same time.</b> Whatever is called in several places at once, each dead letter
 * is redriven or discarded once: what another transaction is acting on is left to it, and
 * not counted. Dead letters that appear after the call, such as those of events that fail
 * again, are not acted on, so it comes to an end.
 * <p>
 * Memory does not grow with the number or the size of the events that are redriven or
 * discarded without a transaction; with one, it grows by a number for each. Thread-safe.
 */
public interface DeadLetters {

	/** How many dead letters {@link #list} returns at most. */
	int MAX_PAGE_SIZE = 1000;

	/**
	 * Returns a page of dead letters, by their numbers. It does not shift while others
	 * come and go: the next page begins after the last number of this one.
	 * @param filter which ones
	 * @param afterId the number after which the page begins; 0 for the first page
	 * @param limit how many at most, from 1 to {@link #MAX_PAGE_SIZE}
	 * @return the dead letters; fewer than the limit if there are no more
	 * @throws IllegalArgumentException if the limit is out of range
	 */
	List<DeadLetter> list(DeadLetterFilter filter, long afterId, int limit);

	/**
	 * Returns a dead letter.
	 * @param id its number
	 * @return the dead letter, if there is one of this number
	 */
	Optional<DeadLetter> find(long id);

	/**
	 * Counts dead letters. Looks at all of them.
	 * @param filter which ones
	 * @return how many there are
	 */
	long count(DeadLetterFilter filter);

	/**
	 * Redrives a dead letter.
	 * @param id its number
	 * @return whether it was; {@code false} if there is none of this number, or somebody
	 * else is acting on it
	 */
	boolean redrive(long id);

	/**
	 * Redrives dead letters.
	 * @param ids their numbers, in any order
	 * @return how many were redriven
	 */
	long redrive(Collection<Long> ids);

	/**
	 * Redrives those of the existing dead letters that pass a filter.
	 * @param filter which ones
	 * @return how many were redriven
	 */
	long redrive(DeadLetterFilter filter);

	/**
	 * Discards a dead letter.
	 * @param id its number
	 * @return whether it was; {@code false} if there is none of this number, or somebody
	 * else is acting on it
	 */
	boolean discard(long id);

	/**
	 * Discards dead letters.
	 * @param ids their numbers, in any order
	 * @return how many were discarded
	 */
	long discard(Collection<Long> ids);

	/**
	 * Discards those of the existing dead letters that pass a filter.
	 * @param filter which ones
	 * @return how many were discarded
	 */
	long discard(DeadLetterFilter filter);

}
