package io.pyxbox.benchmarks.event;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TallyTests {

	@Test
	void instancesCountTogether() {
		try (Tally one = Tally.create(3, false); Tally other = new Tally(one.file(), 3, false)) {
			one.ended(0);
			other.ended(1);
			other.ended(0);

			assertThat(one.distinct()).isEqualTo(2);
			assertThat(other.duplicates()).isEqualTo(1);
			assertThat(one.firstAt()).isEqualTo(other.firstAt()).isPositive();
		}
	}

	@Test
	void theFirstBeginCounts() {
		try (Tally tally = Tally.create(2, true)) {
			tally.started(1);
			long startedAt = tally.startedAt(1);
			tally.started(1);
			tally.committed(0);

			assertThat(tally.startedAt(1)).isEqualTo(startedAt).isPositive();
			assertThat(tally.startedAt(0)).isZero();
			assertThat(tally.committedAt(0)).isPositive();
			assertThat(tally.committedAt(1)).isZero();
		}
	}

}
