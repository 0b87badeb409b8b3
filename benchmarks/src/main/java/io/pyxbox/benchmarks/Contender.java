package io.pyxbox.benchmarks;

import java.util.List;

/**
 * One way to drain a backlog.
 */
interface Contender {

	String name();

	/** Stores the backlog; not timed. */
	void fill(List<Order> backlog);

	/** Handles the backlog and returns when the last event has left the table; timed. */
	void drain(int events) throws InterruptedException;

	/** How many distinct events took effect, and how many effects there were. */
	Effects effects();

	/** Makes ready for another run. */
	void reset();

	/**
	 * What a run did.
	 *
	 * @param distinct the number of events that took effect
	 * @param total the number of effects
	 */
	record Effects(long distinct, long total) {
	}

}
