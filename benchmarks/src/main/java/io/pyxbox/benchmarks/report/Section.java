package io.pyxbox.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * One table of the report.
 */
public final class Section {

	private final String name;

	private final String title;

	private final String about;

	private final List<Column> columns;

	private final List<Row> rows = new ArrayList<>();

	private final List<Chart> charts = new ArrayList<>();

	/**
	 * Creates an empty table.
	 * @param name a name for programs
	 * @param title a title for people
	 * @param about what was done, in a sentence or two
	 * @param columns the columns
	 */
	public Section(String name, String title, String about, List<Column> columns) {
		this.name = name;
		this.title = title;
		this.about = about;
		this.columns = List.copyOf(columns);
	}

	/**
	 * Adds a row.
	 * @param contender who is measured
	 * @param events on how many events; 0 where that says nothing
	 * @return the new row
	 */
	public Row row(String contender, int events) {
		Row row = new Row(contender, events);
		this.rows.add(row);
		return row;
	}

	/**
	 * Adds a chart.
	 * @param title what is shown
	 * @param column the key of the column
	 * @param logarithmic whether each line is ten times the one below it
	 * @return this section
	 */
	public Section chart(String title, String column, boolean logarithmic) {
		this.charts.add(new Chart(this.name + "-" + column, title, column, logarithmic));
		return this;
	}

	/**
	 * Compares medians with the largest one of some rows, as far as those are about as
	 * many events.
	 * @param key what to compare
	 * @param ratio the key of the ratio
	 * @param others with whom to compare
	 */
	public void compare(String key, String ratio, Predicate<Row> others) {
		for (Row row : this.rows) {
			OptionalDouble best = this.rows.stream()
				.filter(others)
				.filter((other) -> other.events() == row.events())
				.flatMapToDouble((other) -> other.median(key).stream())
				.max();
			if (best.isPresent() && best.getAsDouble() > 0) {
				row.median(key).ifPresent((median) -> row.add(ratio, median / best.getAsDouble()));
			}
		}
	}

	/**
	 * Returns the name for programs.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Returns the title for people.
	 * @return the title
	 */
	public String title() {
		return this.title;
	}

	/**
	 * Returns what was done.
	 * @return a sentence or two
	 */
	public String about() {
		return this.about;
	}

	/**
	 * Returns the columns.
	 * @return the columns
	 */
	public List<Column> columns() {
		return this.columns;
	}

	/**
	 * Returns the rows.
	 * @return the rows
	 */
	public List<Row> rows() {
		return this.rows;
	}

	/**
	 * Returns the charts.
	 * @return the charts
	 */
	public List<Chart> charts() {
		return this.charts;
	}

}
