package io.pyxbox.benchmarks.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What was measured of one contender: the values of all repetitions.
 */
public final class Row {

	private final String contender;

	private final int events;

	private final Map<String, List<Double>> values = new LinkedHashMap<>();

	private final Set<String> notes = new LinkedHashSet<>();

	private final Set<String> cutShort = new LinkedHashSet<>();

	Row(String contender, int events) {
		this.contender = contender;
		this.events = events;
	}

	/**
	 * Adds a value.
	 * @param key what was measured
	 * @param value how much
	 * @return this row
	 */
	public Row add(String key, double value) {
		this.values.computeIfAbsent(key, (absent) -> new ArrayList<>()).add(value);
		return this;
	}

	/**
	 * Marks values as what was reached when the time was over.
	 * @param key what was measured
	 */
	public void cutShort(String key) {
		this.cutShort.add(key);
	}

	/**
	 * Adds what readers must know; once, however often it is added.
	 * @param note a few words
	 */
	public void note(String note) {
		this.notes.add(note);
	}

	/**
	 * Returns the median of the values.
	 * @param key what was measured
	 * @return the median, the smaller one of two; nothing if nothing was measured
	 */
	public OptionalDouble median(String key) {
		List<Double> sorted = sorted(key);
		return sorted.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(sorted.get((sorted.size() - 1) / 2));
	}

	boolean isCutShort(String key) {
		return this.cutShort.contains(key);
	}

	List<Double> sorted(String key) {
		return this.values.getOrDefault(key, List.of()).stream().sorted().toList();
	}

	/**
	 * Returns who was measured.
	 * @return the name of a contender
	 */
	public String contender() {
		return this.contender;
	}

	/**
	 * Returns on how many events.
	 * @return a number of events, 0 where that says nothing
	 */
	public int events() {
		return this.events;
	}

	/**
	 * Returns all values.
	 * @return the values of all repetitions, by what was measured
	 */
	public Map<String, List<Double>> values() {
		return this.values;
	}

	/**
	 * Returns what readers must know.
	 * @return notes
	 */
	public Set<String> notes() {
		return this.notes;
	}

	/**
	 * Returns the medians, for those who watch.
	 */
	@Override
	public String toString() {
		return this.values.keySet()
			.stream()
			.map((key) -> key + " " + Markdown.number(median(key).orElseThrow()))
			.collect(Collectors.joining(", ")) + (this.notes.isEmpty() ? "" : " " + this.notes);
	}

}
