package io.pyxbox.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * What was committed against every effect.
 *
 * @param events how many events were committed
 * @param consumers what came of them
 * @param deadLetters which were given up
 */
record Balance(long events, List<Consumer> consumers, DeadLetters deadLetters) {

	/**
	 * Returns what should not be, a line each.
	 */
	List<String> faults() {
		List<String> faults = new ArrayList<>();
		for (Consumer consumer : this.consumers) {
			boolean mayRepeat = consumer.name().equals(Consumers.OUTSIDE);
			add(faults, consumer.lost(), consumer.name() + ": lost");
			add(faults, mayRepeat ? 0 : consumer.doubled(), consumer.name() + ": doubled");
			add(faults, consumer.reordered(), consumer.name() + ": reordered");
			add(faults, consumer.ghosts(), consumer.name() + ": effects of what was never committed or always failed");
		}
		add(faults, this.deadLetters.missing(), "dead letters: missing");
		add(faults, this.deadLetters.unexpected(), "dead letters: unexpected");
		return faults;
	}

	private static void add(List<String> faults, long count, String what) {
		if (count > 0) {
			faults.add(what + " " + count);
		}
	}

	long repeatedOutside() {
		return this.consumers.stream()
			.filter((consumer) -> consumer.name().equals(Consumers.OUTSIDE))
			.mapToLong(Consumer::doubled)
			.sum();
	}

	/**
	 * The effects of one consumer.
	 *
	 * @param name the consumer
	 * @param effects how many there are
	 * @param lost events that have none
	 * @param doubled effects beyond the first of their event
	 * @param reordered events whose first effect comes after that of a later event of
	 * their key
	 * @param ghosts effects of events that were not committed, or that always fail
	 */
	record Consumer(String name, long effects, long lost, long doubled, long reordered, long ghosts) {
	}

	/**
	 * Deliveries that were given up.
	 *
	 * @param expected how many should be
	 * @param missing how many of these are not there
	 * @param unexpected how many others are there
	 */
	record DeadLetters(long expected, long missing, long unexpected) {
	}

}
