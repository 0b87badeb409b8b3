package io.pyxbox.benchmarks.report;

/**
 * A column of a table.
 *
 * @param key what is measured, as in the values of a row
 * @param heading what it is called
 * @param spread whether to show the least and the largest value, too
 */
public record Column(String key, String heading, boolean spread) {

	/**
	 * Returns a column of medians.
	 * @param key what is measured
	 * @param heading what it is called
	 * @return the column
	 */
	public static Column of(String key, String heading) {
		return new Column(key, heading, false);
	}

	/**
	 * Returns a column of medians with their spread.
	 * @param key what is measured
	 * @param heading what it is called
	 * @return the column
	 */
	public static Column withSpread(String key, String heading) {
		return new Column(key, heading, true);
	}

}
