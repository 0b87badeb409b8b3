package io.pyxbox.store;

import java.util.List;

/**
 * What became of the events of a claim. Events that are not mentioned stay as they are.
 *
 * @param completed delivered
 * @param failed to be tried again
 * @param dead given up
 */
public record Settlement(List<StoredEvent> completed, List<FailedDelivery> failed, List<DeadDelivery> dead) {

	public Settlement {
		completed = List.copyOf(completed);
		failed = List.copyOf(failed);
		dead = List.copyOf(dead);
	}

	/**
	 * Tells whether there is nothing to write.
	 * @return whether no event is mentioned
	 */
	public boolean isEmpty() {
		return this.completed.isEmpty() && this.failed.isEmpty() && this.dead.isEmpty();
	}

}
