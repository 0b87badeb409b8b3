package io.pyxbox.dispatch;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.store.Buckets;
import io.pyxbox.store.Pull;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class PullHintsTests {

	private final PullHints hints = new PullHints();

	@Test
	void beginAtTheBeginning() {
		assertThat(this.hints.start().fromIds()).containsOnly(0).hasSize(Buckets.COUNT);
	}

	@Test
	void passWhatIsSettledAndNotThereAnyMore() {
		read(100, lowest(40, 120));

		assertThat(this.hints.start().fromIds()).startsWith(40, 101, 101).endsWith(101);
	}

	@Test
	void neverPassWhatIsNotSettled() {
		read(0, lowest(40, 120));

		assertThat(this.hints.start().fromIds()).containsOnly(1);
	}

	@Test
	void neverGoBack() {
		read(100, lowest(90));
		read(50, lowest(95));

		assertThat(this.hints.start().fromIds()).startsWith(90, 101);
	}

	/** What is failing was passed over, and comes again. */
	@Test
	void stayWhereTheyAreWhileSomethingIsFailing() {
		PullHints.Start start = this.hints.start();

		this.hints.hasRead(start, new Pull(List.of(), false, false, true, lowest(90), Set.of(), Map.of()), 100);

		assertThat(this.hints.start().fromIds()).containsOnly(0);
	}

	@Test
	void whatWasReadBeforeIdsWentBackwardsTellsNothing() {
		PullHints.Start start = this.hints.start();
		this.hints.forget();

		this.hints.hasRead(start, new Pull(List.of(), false, false, false, lowest(90), Set.of(), Map.of()), 100);

		assertThat(this.hints.start().fromIds()).containsOnly(0);
	}

	@Test
	void lookDeeperWhereThatWasNeededAndLessDeepBitByBit() {
		this.hints.foundAt(64);
		assertThat(this.hints.depth()).isEqualTo(32);

		this.hints.foundAt(32);
		this.hints.foundAt(31);

		assertThat(this.hints.depth()).isEqualTo(30);
	}

	private void read(long settled, long[] lowest) {
		this.hints.hasRead(this.hints.start(), new Pull(List.of(), false, false, false, lowest, Set.of(), Map.of()),
				settled);
	}

	private static long[] lowest(long... first) {
		long[] lowest = new long[Buckets.COUNT];
		Arrays.fill(lowest, Long.MAX_VALUE);
		System.arraycopy(first, 0, lowest, 0, first.length);
		return lowest;
	}

}
