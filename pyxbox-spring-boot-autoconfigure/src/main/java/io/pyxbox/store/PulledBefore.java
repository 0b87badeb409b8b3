package io.pyxbox.store;

import java.util.Set;

/**
 * What a transaction has pulled before.
 *
 * @param ids the ids of the events that are not completed yet
 * @param last the number of the last pull that was not rolled back, 0 if there is none
 * @param number the number of this pull, or 0 if pulls are not counted
 */
public record PulledBefore(Set<Long> ids, int last, int number) {

	/** Nothing, and nothing is pulled later on that has to be counted. */
	public static final PulledBefore NOTHING = new PulledBefore(Set.of(), 0, 0);

	/** It may have pulled events and completed them already. */
	public static final PulledBefore UNKNOWN = new PulledBefore(Set.of(), -1, 0);

	public PulledBefore {
		ids = Set.copyOf(ids);
	}

	/**
	 * Tells whether it is certain that the transaction has pulled nothing.
	 * @return whether all that it does not see is gone for good
	 */
	public boolean isNothing() {
		return this.ids.isEmpty() && this.last >= 0;
	}

}
