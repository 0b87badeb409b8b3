package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.Map;

import io.pyxbox.store.ClaimRequest;
import io.pyxbox.store.Lane;
import org.jspecify.annotations.Nullable;

/**
 * What this instance remembers of a lane. Written only by the worker that runs the lane;
 * the hint is read by others too.
 */
final class LaneState {

	private final Lane lane;

	private final DeliveryTarget target;

	private final BatchSize batchSize;

	private final CircuitBreaker circuit;

	private volatile long hint;

	private volatile Map<Long, Long> held = Map.of();

	private volatile boolean sweepWanted;

	private volatile int generation;

	private int requested;

	private volatile boolean proven;

	private long suspect;

	private @Nullable Long alone;

	private int oneByOne;

	private long handled;

	private int passingFailures;

	private int hindrances;

	LaneState(Lane lane, DeliveryTarget target, BatchSize batchSize, CircuitBreaker circuit) {
		this.lane = lane;
		this.target = target;
		this.batchSize = batchSize;
		this.circuit = circuit;
	}

	Lane lane() {
		return this.lane;
	}

	DeliveryTarget target() {
		return this.target;
	}

	BatchSize batchSize() {
		return this.batchSize;
	}

	CircuitBreaker circuit() {
		return this.circuit;
	}

	/** The lowest id that can still be live in this lane, but for what is held back. */
	long hint() {
		return this.hint;
	}

	/**
	 * Whether something is held back: somebody may release it at any time, here or in
	 * another instance.
	 */
	boolean holdsBack() {
		return !this.held.isEmpty();
	}

	/** Reads from the very beginning next time, whatever the hint says. */
	void sweep() {
		this.sweepWanted = true;
	}

	/**
	 * What to claim next.
	 * @param limit how many events at most
	 * @param givenUpAfter how long the server may hear nothing while somebody is waited
	 * for; {@code null} if nobody is
	 */
	ClaimRequest nextRequest(int limit, @Nullable Duration givenUpAfter) {
		this.requested = this.generation;
		int bounded = (this.oneByOne > 0 || this.suspect > 0) ? 1 : Math.min(limit, this.batchSize.current());
		return new ClaimRequest(this.lane, this.target.subscription(), this.sweepWanted ? 0 : this.hint, this.held,
				this.alone, bounded, givenUpAfter);
	}

	/**
	 * A claim has read, and what became of it is committed.
	 * @param from where it was to begin
	 * @param progress what is known of the lane since
	 */
	synchronized void hasRead(long from, LaneProgress progress) {
		if (this.requested != this.generation) {
			return;
		}
		if (from == 0) {
			this.sweepWanted = false;
		}
		this.held = progress.held();
		this.hint = progress.hint();
	}

	/** What is being read at the moment tells nothing any more. */
	synchronized void forgetHint() {
		this.generation++;
		this.hint = 0;
		this.held = Map.of();
	}

	/** After a chunk was rolled back as a whole: its events are claimed one by one. */
	void isolateNext(int events) {
		this.oneByOne = Math.max(this.oneByOne, events);
	}

	/** Whether events are claimed one by one at the moment. */
	boolean isOneByOne() {
		return this.oneByOne > 0;
	}

	void handled(int events) {
		this.handled += events;
		this.oneByOne = Math.max(0, this.oneByOne - Math.max(1, events));
	}

	/** How many events have been handled in this lane, for comparison. */
	long handled() {
		return this.handled;
	}

	/**
	 * What became of a chunk could not be written, and nobody is to blame.
	 * @return how often in a row
	 */
	int passingFailure() {
		return ++this.passingFailures;
	}

	/**
	 * Whether a crash would be blamed on the wrong event, or on none: until a first chunk
	 * has been survived, and while something is suspect.
	 */
	boolean needsCare() {
		return !this.proven || this.suspect > 0;
	}

	/** Up to which id events are delivered alone, because a process may die of one. */
	long suspect() {
		return this.suspect;
	}

	void suspect(long upTo) {
		this.suspect = Math.max(this.suspect, upTo);
	}

	/** Whether one event is claimed and nothing else, see {@link #alone}. */
	boolean isAlone() {
		return this.alone != null;
	}

	/** Claims this event and no other, or again whatever there is. */
	void alone(@Nullable Long id) {
		this.alone = id;
	}

	/** Nothing is suspect any more. */
	void survived() {
		this.suspect = 0;
		this.alone = null;
		this.proven = true;
	}

	/**
	 * The lane was busy or broken.
	 * @return after how many milliseconds to try again: soon at first, so that no signal
	 * is lost, then less and less often
	 */
	long hindered() {
		return Math.min(1_000, 5L << Math.min(this.hindrances++, 10));
	}

	void unhindered() {
		this.passingFailures = 0;
		this.hindrances = 0;
	}

}
