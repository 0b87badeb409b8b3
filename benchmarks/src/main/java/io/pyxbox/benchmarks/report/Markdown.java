package io.pyxbox.benchmarks.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Tables for people.
 */
public final class Markdown {

	private Markdown() {
	}

	static String of(Report report) {
		StringBuilder markdown = new StringBuilder("# Benchmarks: results\n\n");
		list(markdown, report.environment());
		markdown.append("\nContenders:\n\n");
		list(markdown, report.contenders());
		report.errors().forEach((error) -> markdown.append("\n**Error:** ").append(error).append('\n'));
		for (Section section : report.sections()) {
			markdown.append('\n').append(of(section));
			for (Chart chart : section.charts()) {
				markdown.append("\n![%s](%s.svg)\n".formatted(chart.title(), chart.file()));
			}
		}
		return markdown.toString();
	}

	private static void list(StringBuilder markdown, Map<String, String> entries) {
		entries.forEach((name, value) -> markdown.append("- ").append(name).append(": ").append(value).append('\n'));
	}

	/**
	 * Writes one table.
	 * @param section the table
	 * @return Markdown
	 */
	public static String of(Section section) {
		boolean withEvents = section.rows().stream().anyMatch((row) -> row.events() > 0);
		StringBuilder markdown = new StringBuilder("## %s%n%n%s%n%n".formatted(section.title(), section.about()));
		markdown.append(withEvents ? "| contender | events |" : "| contender |");
		section.columns().forEach((column) -> markdown.append(' ').append(column.heading()).append(" |"));
		markdown.append(withEvents ? "\n|---|---:|" : "\n|---|");
		markdown.append("---:|".repeat(section.columns().size())).append('\n');
		for (Row row : section.rows()) {
			markdown.append("| ").append(row.contender());
			row.notes().forEach((note) -> markdown.append(" (").append(note).append(')'));
			markdown.append(withEvents ? " | %s |".formatted(number(row.events())) : " |");
			section.columns().forEach((column) -> markdown.append(' ').append(cell(row, column)).append(" |"));
			markdown.append('\n');
		}
		return markdown.toString().replace(System.lineSeparator(), "\n");
	}

	private static String cell(Row row, Column column) {
		List<Double> sorted = row.sorted(column.key());
		if (sorted.isEmpty()) {
			return "-";
		}
		String largest = number(sorted.get(sorted.size() - 1));
		String median = (row.isCutShort(column.key()) ? "~" : "") + number(row.median(column.key()).orElseThrow());
		return switch (column.shown()) {
			case LARGEST -> largest;
			case MEDIAN -> median;
			case MEDIAN_AND_SPREAD ->
				(sorted.size() == 1) ? median : "%s (%s..%s)".formatted(median, number(sorted.get(0)), largest);
		};
	}

	/**
	 * Writes a number with about three digits that mean something.
	 * @param value the number
	 * @return text
	 */
	static String number(double value) {
		double size = Math.abs(value);
		String format = (size >= 100 || value == Math.rint(value)) ? "%,.0f"
				: (size >= 10) ? "%.1f" : (size >= 0.1) ? "%.2f" : (size >= 0.01) ? "%.3f" : "%.5f";
		return String.format(Locale.ROOT, format, value);
	}

}
