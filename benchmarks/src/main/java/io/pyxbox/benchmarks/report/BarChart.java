package io.pyxbox.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Draws a bar for the median of each row that has one, pyxbox in a colour of its own.
 * <p>
 * The SVG is written by hand: text stays text, and a chart takes three kilobytes where a
 * charting library took six hundred.
 */
final class BarChart {

	private static final int WIDTH = 860;

	private static final int LEFT = 220;

	private static final int RIGHT = 90;

	private static final int TOP = 64;

	private static final int STEP = 30;

	private static final int BAR = 20;

	private static final String OURS = "#1f6feb";

	private static final String OTHERS = "#9aa4b2";

	private static final String FRAME = """
			<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$d %2$d" width="%1$d" height="%2$d" \
			font-family="system-ui, sans-serif" font-size="13" fill="#24292f">
			<rect width="%1$d" height="%2$d" fill="#ffffff"/>
			<text x="16" y="28" font-size="17" font-weight="600">%3$s</text>
			%4$s</svg>
			""";

	private static final String LINE = """
			<line x1="%1$.1f" y1="%2$d" x2="%1$.1f" y2="%3$d" stroke="#d8dee4"/>
			<text x="%1$.1f" y="%4$d" text-anchor="middle" fill="#57606a" font-size="12">%5$s</text>
			""";

	private static final String ROW = """
			<text x="%1$d" y="%2$d" text-anchor="end">%3$s</text>
			<rect x="%4$d" y="%5$d" width="%6$.1f" height="%7$d" rx="2" fill="%8$s"/>
			<text x="%9$.1f" y="%2$d">%10$s</text>
			""";

	private BarChart() {
	}

	static String draw(Section section, Chart chart) {
		List<Bar> bars = bars(section, chart);
		Scale scale = Scale.of(bars.stream().map(Bar::value).toList(), chart.logarithmic());
		int bottom = TOP + bars.size() * STEP;
		StringBuilder content = new StringBuilder();
		for (double mark : scale.marks()) {
			content.append(format(LINE, x(scale, mark), TOP - 6, bottom, TOP - 12, Markdown.number(mark)));
		}
		for (int i = 0; i < bars.size(); i++) {
			Bar bar = bars.get(i);
			int y = TOP + i * STEP + (STEP - BAR) / 2;
			double end = x(scale, bar.value());
			content.append(format(ROW, LEFT - 10, y + 15, escape(bar.label()), LEFT, y, Math.max(1, end - LEFT), BAR,
					bar.label().startsWith("pyxbox") ? OURS : OTHERS, Math.max(LEFT, end) + 8, bar.text()));
		}
		return format(FRAME, WIDTH, bottom + 16, escape(chart.title() + (chart.logarithmic() ? " (logarithmic)" : "")),
				content);
	}

	private static List<Bar> bars(Section section, Chart chart) {
		List<Bar> bars = new ArrayList<>();
		boolean severalSizes = section.rows().stream().mapToInt(Row::events).distinct().count() > 1;
		for (Row row : section.rows()) {
			String label = row.contender() + (severalSizes ? " · " + Markdown.number(row.events()) : "");
			String mark = row.isCutShort(chart.column()) ? "~" : "";
			row.median(chart.column())
				.ifPresent((value) -> bars.add(new Bar(label, value, mark + Markdown.number(value))));
		}
		return bars;
	}

	private static double x(Scale scale, double value) {
		return LEFT + scale.position(value) * (WIDTH - LEFT - RIGHT);
	}

	private static String format(String template, Object... values) {
		return String.format(Locale.ROOT, template, values);
	}

	private static String escape(String text) {
		return text.replace("&", "&amp;").replace("<", "&lt;");
	}

	/**
	 * A bar.
	 *
	 * @param label what stands left of it
	 * @param value its length
	 * @param text what stands right of it
	 */
	private record Bar(String label, double value, String text) {
	}

}
