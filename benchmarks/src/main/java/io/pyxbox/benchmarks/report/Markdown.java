package io.pyxbox.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Tables for people.
 */
public final class Markdown {

	private Markdown() {
	}

	static String of(Report report) {
		Map<String, String> parts = parts(report, "");
		String title = "# Benchmarks: results\n\n";
		return title + String.join("\n", parts.values());
	}

	/**
	 * Writes all that there is to a report.
	 * @param report the report
	 * @param charts the directory of the charts
	 * @return the parts by name
	 */
	static Map<String, String> parts(Report report, String charts) {
		Map<String, String> parts = new LinkedHashMap<>();
		parts.put("environment", list(report.environment()));
		parts.put("errors", errors(report.errors()));
		parts.put("contenders", "## Contenders\n\n" + list(report.contenders()));
		parts.put("goals", goals(report.findings().goals()));
		parts.put("advantages", advantages(report.findings().advantages()));
		for (Section section : report.sections()) {
			StringBuilder part = new StringBuilder(of(section));
			for (Chart chart : section.charts()) {
				part.append("\n![%s](%s%s.svg)\n".formatted(chart.title(), charts, chart.file()));
			}
			parts.put(section.name(), part.toString());
		}
		return parts;
	}

	private static String errors(List<String> errors) {
		return errors.isEmpty() ? "Nothing was lost, and nothing failed.\n"
				: errors.stream()
					.map((error) -> "- **Error:** " + error.replace('\n', ' ') + "\n")
					.collect(Collectors.joining());
	}

	private static String list(Map<String, String> entries) {
		return entries.entrySet()
			.stream()
			.map((entry) -> "- " + entry.getKey() + ": " + entry.getValue() + "\n")
			.collect(Collectors.joining());
	}

	/**
	 * Writes goals.
	 * @param goals the goals
	 * @return Markdown
	 */
	public static String goals(List<Goal> goals) {
		StringBuilder markdown = new StringBuilder("""
				## Goals

				%d of %d reached.

				| work | goal | measured | reached |
				|---|---|---:|---|
				""".formatted(goals.stream().filter(Goal::isReached).count(), goals.size()));
		goals.forEach((goal) -> markdown
			.append("| %s | %s | %s | %s |\n".formatted(goal.work(), goal.aim(), goal.result(), goal.verdict())));
		return markdown.toString();
	}

	private static String advantages(List<Advantage> advantages) {
		StringBuilder markdown = new StringBuilder("""
				## What others do better

				Medians at the same size, compared with pyxbox with its default settings.

				| work | contender | theirs | pyxbox | factor |
				|---|---|---:|---:|---:|
				""");
		advantages.forEach((advantage) -> markdown
			.append("| %s | %s | %s | %s | %s |\n".formatted(advantage.work(), advantage.contender(),
					number(advantage.value()), number(advantage.ours()), number(advantage.factor()))));
		return markdown.toString();
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
