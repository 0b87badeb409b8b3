package io.pyxbox.benchmarks.report;

/**
 * A column of a table.
 *
 * @param key what is measured, as in the values of a row
 * @param heading what it is called
 * @param shown which of the values of all repetitions to show
 */
public record Column(String key, String heading, Shown shown) {

	/**
	 * Returns a column of medians.
	 * @param key what is measured
	 * @param heading what it is called
	 * @return the column
	 */
	public static Column of(String key, String heading) {
		return new Column(key, heading, Shown.MEDIAN);
	}

	/**
	 * Returns a column of medians with their spread.
	 * @param key what is measured
	 * @param heading what it is called
	 * @return the column
	 */
	public static Column withSpread(String key, String heading) {
		return new Column(key, heading, Shown.MEDIAN_AND_SPREAD);
	}

	/**
	 * Returns a column of what must not be hidden by a median.
	 * @param key what is measured
	 * @param heading what it is called
	 * @return the column
	 */
	public static Column ofLargest(String key, String heading) {
		return new Column(key, heading, Shown.LARGEST);
	}

	/**
	 * Which values are shown.
	 */
	public enum Shown {

		/** The one in the middle. */
		MEDIAN,

		/** The one in the middle, the least and the largest. */
		MEDIAN_AND_SPREAD,

		/** The largest. */
		LARGEST

	}

}
