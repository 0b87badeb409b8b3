package io.pyxbox.store;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What became of the events of a claim. Events that are not mentioned stay as they are.
 *
 * @param completed delivered
 * @param failed to be tried again, or to be kept until somebody acts
 * @param dead given up: they leave a dead letter. Those that are among the failed ones,
 * too, stay and block their key; all others leave the table as completed ones do.
 */
public record Settlement(List<StoredEvent> completed, List<FailedDelivery> failed, List<DeadDelivery> dead) {

	public Settlement {
		completed = List.copyOf(completed);
		failed = List.copyOf(failed);
		dead = List.copyOf(dead);
	}

	/**
	 * Returns what became of the events of two claims.
	 * @param other another settlement of the same lane
	 * @return both
	 */
	public Settlement and(Settlement other) {
		return new Settlement(both(this.completed, other.completed), both(this.failed, other.failed),
				both(this.dead, other.dead));
	}

	private static <T> List<T> both(List<T> one, List<T> other) {
		return Stream.concat(one.stream(), other.stream()).toList();
	}

	/** The events that leave the table. */
	List<StoredEvent> done() {
		Set<Long> staying = this.failed.stream().map((delivery) -> delivery.event().id()).collect(Collectors.toSet());
		return Stream.concat(this.completed.stream(), this.dead.stream().map(DeadDelivery::event))
			.filter((event) -> !staying.contains(event.id()))
			.toList();
	}

	/**
	 * Tells whether there is nothing to write.
	 * @return whether no event is mentioned
	 */
	public boolean isEmpty() {
		return this.completed.isEmpty() && this.failed.isEmpty() && this.dead.isEmpty();
	}

}
