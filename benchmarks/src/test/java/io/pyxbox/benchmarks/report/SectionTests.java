package io.pyxbox.benchmarks.report;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class SectionTests {

	private final Section section = new Section("drain", "Drain", "Drains.",
			List.of(Column.withSpread("rate", "events/s"), Column.of("hand", "x hand")));

	@Test
	void ratiosCompareMediansAtTheSameSize() {
		this.section.row("hand", 100).add("rate", 10).add("rate", 1_000).add("rate", 20);
		this.section.row("hand", 200).add("rate", 80);
		Row pyxbox = this.section.row("pyxbox", 100).add("rate", 15);

		this.section.compare("rate", "hand", (row) -> row.contender().equals("hand"));

		assertThat(pyxbox.median("hand")).hasValue(0.75);
	}

	@Test
	void tablesShowMediansAndWhatIsNotKnown() {
		this.section.row("hand", 20_000).add("rate", 61_000).add("rate", 84_000).add("rate", 74_000).add("hand", 1);
		this.section.row("seed", 20_000).add("rate", 44.71).note("stopped after 12 s");

		assertThat(Markdown.of(this.section)).isEqualTo("""
				## Drain

				Drains.

				| contender | events | events/s | x hand |
				|---|---:|---:|---:|
				| hand | 20,000 | 74,000 (61,000..84,000) | 1 |
				| seed (stopped after 12 s) | 20,000 | 44.7 | - |
				""");
	}

	@Test
	void whatWasStoppedIsMarkedInTablesAndCharts() {
		this.section.row("seed", 20_000).add("rate", 44.71).add("hand", 0.5).cutShort("rate");

		assertThat(Markdown.of(this.section)).contains("| seed | 20,000 | ~44.7 | 0.50 |");
		assertThat(BarChart.draw(this.section, new Chart("f", "rate", "rate", false))).contains(">~44.7<");
	}

	@Test
	void barsOfALogarithmicChartGrowByTheSameForEachTenfold() {
		Scale scale = Scale.of(List.of(20.0, 2_000.0), true);

		assertThat(scale.marks()).containsExactly(10.0, 100.0, 1_000.0);
		assertThat(scale.position(200) - scale.position(20)).isCloseTo(scale.position(2_000) - scale.position(200),
				within(1e-9));
	}

	@Test
	void aChartCanBeDrawnOfNothing() {
		this.section.row("hand", 1).add("rate", 0);
		this.section.row("seed & others", 1).add("rate", 0);

		assertThat(BarChart.draw(this.section, new Chart("f", "a < b", "rate", false))).contains("a &lt; b",
				"seed &amp; others");
		assertThat(BarChart.draw(this.section, new Chart("f", "a < b", "rate", true))).startsWith("<svg");
	}

}
