package io.pyxbox.dispatch;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

import io.pyxbox.store.WriterSample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class WatermarkTests {

	private static final int STEPS = 5_000;

	private final Watermark watermark = new Watermark();

	@Test
	void passesNothingBeforeItHasLooked() {
		assertThat(this.watermark.settled()).isZero();
	}

	@Test
	void passesWhatWasDrawnWhileNobodyWrites() {
		this.watermark.offer(new WriterSample(10, Set.of()));

		assertThat(this.watermark.settled()).isEqualTo(10);
		assertThat(this.watermark.isSettled()).isTrue();
	}

	@Test
	void waitsForThoseWhoWroteWhenTheLastIdWasSeen() {
		this.watermark.offer(new WriterSample(10, Set.of("1/1/100", "2/1/200")));
		assertThat(this.watermark.settled()).isZero();

		this.watermark.offer(new WriterSample(20, Set.of("2/1/200")));
		assertThat(this.watermark.settled()).isZero();

		this.watermark.offer(new WriterSample(30, Set.of("3/1/300")));
		assertThat(this.watermark.settled()).isEqualTo(10);
		assertThat(this.watermark.isSettled()).isFalse();
	}

	@Test
	void goesOnAlthoughThereIsAlwaysSomebodyWriting() {
		for (int i = 1; i <= 100; i++) {
			this.watermark.offer(new WriterSample(i * 10, Set.of("1/" + i + "/100", "1/" + (i - 1) + "/100")));
		}

		assertThat(this.watermark.settled()).isGreaterThan(900);
	}

	@Test
	void waitsForATransactionThatWasPreparedInTheMeantime() {
		this.watermark.offer(new WriterSample(10, Set.of("1/1/100")));

		this.watermark.offer(new WriterSample(20, Set.of("prepared/755/0")));
		assertThat(this.watermark.settled()).isZero();

		this.watermark.offer(new WriterSample(20, Set.of()));
		assertThat(this.watermark.settled()).isEqualTo(20);
	}

	@Test
	void noticesThatIdsHaveGoneBackwardsAndBeginsAgain() {
		this.watermark.offer(new WriterSample(10, Set.of()));
		assertThat(this.watermark.isAheadOf(10)).isFalse();
		assertThat(this.watermark.isAheadOf(3)).isTrue();

		this.watermark.reset();

		assertThat(this.watermark.settled()).isZero();
		assertThat(this.watermark.isAheadOf(3)).isFalse();
		this.watermark.offer(new WriterSample(4, Set.of()));
		assertThat(this.watermark.settled()).isEqualTo(4);
	}

	@ParameterizedTest
	@MethodSource("seeds")
	void neverPassesAnIdThatBecomesVisibleLater(long seed) {
		Settled mark = new Settled();
		WriterSimulation simulation = new WriterSimulation(seed, mark, true);

		simulation.run(STEPS);

		assertThat(simulation.committedIds()).isGreaterThan(500);
		assertThat(mark.settled()).isGreaterThan(500);
	}

	@Test
	void wouldPassOneIfItDidNotWaitForWriters() {
		assertThat(seeds()).anySatisfy((seed) -> assertFails(new WriterSimulation(seed, new Naive(), true)));
	}

	@Test
	void wouldPassOneIfWritersWereLookedAtBeforeIds() {
		assertThat(seeds()).anySatisfy((seed) -> assertFails(new WriterSimulation(seed, new Settled(), false)));
	}

	@Test
	void wouldPassOneIfItDidNotKnowOfPreparedTransactions() {
		assertThat(seeds()).anySatisfy((seed) -> assertFails(new WriterSimulation(seed, new BlindForPrepared(), true)));
	}

	static List<Long> seeds() {
		return LongStream.range(0, 100).boxed().toList();
	}

	private static void assertFails(WriterSimulation simulation) {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> simulation.run(STEPS))
			.withMessageContaining("becomes visible");
	}

	private static class Settled implements WriterSimulation.Mark {

		private final Watermark watermark = new Watermark();

		@Override
		public void offer(WriterSample sample) {
			this.watermark.offer(sample);
		}

		@Override
		public long settled() {
			return this.watermark.settled();
		}

	}

	private static final class Naive implements WriterSimulation.Mark {

		private long seen;

		@Override
		public void offer(WriterSample sample) {
			this.seen = sample.lastDrawnId();
		}

		@Override
		public long settled() {
			return this.seen;
		}

	}

	private static final class BlindForPrepared extends Settled {

		@Override
		public void offer(WriterSample sample) {
			super.offer(new WriterSample(sample.lastDrawnId(),
					sample.writers()
						.stream()
						.map((writer) -> writer.replace("prepared/", "77/"))
						.collect(Collectors.toSet())));
		}

	}

}
