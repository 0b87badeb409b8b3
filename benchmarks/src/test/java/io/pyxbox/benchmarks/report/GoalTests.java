package io.pyxbox.benchmarks.report;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class GoalTests {

	@Test
	void aBoundIsReachedFromTheSideThatIsMeant() {
		assertThat(new Goal("drain", true, 0.8, "x hand", 0.8).isReached()).isTrue();
		assertThat(new Goal("drain", true, 0.8, "x hand", 0.79).isReached()).isFalse();
		assertThat(new Goal("idle", false, 120, "transactions", 120.0).isReached()).isTrue();
		assertThat(new Goal("idle", false, 120, "transactions", 124.0).isReached()).isFalse();
	}

	@Test
	void whatWasNotMeasuredIsNotReached() {
		assertThat(new Goal("order", false, 0, "violations", null).isReached()).isFalse();
	}

	@Test
	void tablesSayWhatIsWantedWhatWasMeasuredAndWhetherThatIsEnough() {
		List<Goal> goals = List.of(new Goal("drain", true, 0.8, "x hand", 0.7961),
				new Goal("drain", true, 20, "x peer", 20.04), new Goal("idle", false, 120, "a minute", null));

		assertThat(Markdown.goals(goals)).isEqualTo("""
				## Goals

				1 of 3 reached.

				| work | goal | measured | reached |
				|---|---|---:|---|
				| drain | at least 0.8 x hand | 0.796 | **no** |
				| drain | at least 20 x peer | 20.04 | yes |
				| idle | at most 120 a minute | - | not measured |
				""");
	}

}
