package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tells what is wrong with what a consumer received: for each key it should be 1, 2, 3
 * and so on.
 */
final class OrderPerKey {

	private OrderPerKey() {
	}

	/**
	 * Finds what was lost, doubled or overtaken.
	 * @param received the events in the order in which they were received
	 * @param keys how many keys there are
	 * @param perKey how many events each of them has
	 * @return what is wrong, a line for each key
	 */
	static List<String> violations(List<Counted> received, int keys, int perKey) {
		Map<String, List<Integer>> numbers = new TreeMap<>();
		received
			.forEach((event) -> numbers.computeIfAbsent(event.key(), (key) -> new ArrayList<>()).add(event.number()));
		List<String> violations = new ArrayList<>();
		if (numbers.size() != keys) {
			violations.add(numbers.size() + " keys in place of " + keys);
		}
		List<Integer> expected = Scenario.range(1, perKey);
		numbers.forEach((key, actual) -> {
			if (!actual.equals(expected)) {
				violations.add(key + ": " + actual);
			}
		});
		return violations;
	}

	/**
	 * Leaves out each event that repeats the one before it of the same key: what an
	 * attempt that failed adds.
	 */
	static List<Counted> withoutImmediateRepeats(List<Counted> received) {
		Map<String, Integer> last = new TreeMap<>();
		return received.stream()
			.filter((event) -> !Integer.valueOf(event.number()).equals(last.put(event.key(), event.number())))
			.toList();
	}

}
