package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Tells what is wrong with what a consumer received: for each key it should be what was
 * committed, in that order and nothing twice.
 */
public final class OrderPerKey {

	private OrderPerKey() {
	}

	/**
	 * Finds what was lost, doubled or overtaken where each key should be 1, 2, 3 and so
	 * on.
	 * @param received the events in the order in which they were received
	 * @param keys how many keys there are
	 * @param perKey how many events each of them has
	 * @return what is wrong, a line for each key
	 */
	static List<String> violations(List<Counted> received, int keys, int perKey) {
		List<String> violations = new ArrayList<>();
		Map<String, List<Integer>> numbers = byKey(received);
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
	 * Finds what was lost, doubled or overtaken of what was committed.
	 * @param received the events in the order in which they were received
	 * @param committed the events, those of a key in the order of their commits
	 * @return what is wrong, a line for each key
	 */
	public static List<String> violations(List<Counted> received, List<Counted> committed) {
		Map<String, List<Integer>> actual = byKey(received);
		Map<String, List<Integer>> expected = byKey(committed);
		Set<String> keys = new TreeSet<>(expected.keySet());
		keys.addAll(actual.keySet());
		List<String> violations = new ArrayList<>();
		for (String key : keys) {
			int[] is = numbers(actual, key);
			int[] due = numbers(expected, key);
			int difference = Arrays.mismatch(is, due);
			if (difference >= 0) {
				int from = Math.max(0, difference - 3);
				violations.add("%s: %d events in place of %d, from the %d. on %s in place of %s".formatted(key,
						is.length, due.length, from + 1, excerpt(is, from), excerpt(due, from)));
			}
		}
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

	/**
	 * Leaves out each event that was there before: what a receiver does that deduplicates
	 * by the event's id.
	 */
	static List<Counted> withoutRepeats(List<Counted> received) {
		Set<Counted> seen = new HashSet<>();
		return received.stream().filter(seen::add).toList();
	}

	private static Map<String, List<Integer>> byKey(List<Counted> events) {
		Map<String, List<Integer>> numbers = new TreeMap<>();
		events.forEach((event) -> numbers.computeIfAbsent(event.key(), (key) -> new ArrayList<>()).add(event.number()));
		return numbers;
	}

	private static int[] numbers(Map<String, List<Integer>> byKey, String key) {
		return byKey.getOrDefault(key, List.of()).stream().mapToInt(Integer::intValue).toArray();
	}

	private static String excerpt(int[] numbers, int from) {
		return IntStream.of(numbers).skip(from).limit(12).boxed().toList().toString();
	}

}
