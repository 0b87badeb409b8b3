package io.pyxbox.benchmarks.workload;

import java.util.List;

import io.pyxbox.benchmarks.report.Advantage;
import io.pyxbox.benchmarks.report.Goal;
import io.pyxbox.benchmarks.report.Section;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

class FindingsTests {

	private final Section drain = new Section("drain", "Drain", "Drains.", List.of());

	private final Section latency = new Section("latency-same-jvm", "Latency", "Waits.", List.of());

	@Test
	void goalsAreComparedAtEachSizeThatWasMeasured() {
		this.drain.row("pyxbox", 200_000).add("hand", 0.9);
		this.drain.row("pyxbox", 20_000).add("hand", 0.5).add("peer", 9);
		this.drain.row("pyxbox-list", 20_000).add("hand", 3);

		List<Goal> goals = Goals.of(List.of(this.drain));

		assertThat(goals).filteredOn((goal) -> goal.measured() != null)
			.extracting(Goal::work, Goal::bound, Goal::isReached)
			.containsExactly(tuple("drain, listener that does nothing; 200,000 events", 0.8, true),
					tuple("drain, listener that does nothing; 20,000 events", 0.8, false),
					tuple("drain, listener that does nothing; 20,000 events", 20.0, false));
	}

	@Test
	void aGoalThatNothingWasMeasuredForIsNotForgotten() {
		assertThat(Goals.of(List.of())).isNotEmpty().allSatisfy((goal) -> assertThat(goal.measured()).isNull());
	}

	@Test
	void whoeverIsFasterOrSoonerIsNamedTheMostClearlyFirst() {
		this.drain.row("hand", 20_000).add("rate", 150);
		this.drain.row("other", 20_000).add("rate", 200);
		this.drain.row("slow", 20_000).add("rate", 10);
		this.drain.row("large", 200_000).add("rate", 1_000);
		this.drain.row("pyxbox", 20_000).add("rate", 100);
		this.drain.row("pyxbox-list", 20_000).add("rate", 500);
		this.latency.row("pyxbox", 0).add("p50-50", 2);
		this.latency.row("gruelbox-tuned", 0).add("p50-50", 0.5);
		this.latency.row("seed", 0).add("p50-50", 6);

		assertThat(Advantages.of(List.of(this.drain, this.latency))).extracting(Advantage::contender, Advantage::factor)
			.containsExactly(tuple("other", 2.0), tuple("hand", 1.5), tuple("gruelbox-tuned", 4.0));
	}

}
