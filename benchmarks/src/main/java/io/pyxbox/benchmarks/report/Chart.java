package io.pyxbox.benchmarks.report;

/**
 * A bar chart of one column.
 *
 * @param file the name of the file, without an ending
 * @param title what is shown
 * @param column the key of the column
 * @param logarithmic whether each line is ten times the one below it
 */
public record Chart(String file, String title, String column, boolean logarithmic) {
}
