package io.pyxbox.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

import io.pyxbox.EventId;
import io.pyxbox.store.StoredEvent;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class BatchSizeTests {

	private static final Duration QUICK = Duration.ofMillis(100);

	private static final Duration NEITHER = Duration.ofMillis(500);

	private static final Duration SLOW = Duration.ofMillis(1001);

	private static final int NO_CEILING = Integer.MAX_VALUE;

	@Test
	void beginsSmall() {
		assertThat(new BatchSize(500).current()).isEqualTo(50);
		assertThat(new BatchSize(10).current()).isEqualTo(10);
	}

	@Test
	void growsWhileBatchesAreFullAndQuickButNotBeyondTheMaximum() {
		BatchSize size = new BatchSize(150);

		size.adapt(events(50, 2), QUICK, NO_CEILING);
		assertThat(size.current()).isEqualTo(100);

		size.adapt(events(100, 2), QUICK, NO_CEILING);
		assertThat(size.current()).isEqualTo(150);
	}

	@Test
	void growsByMoreTheQuickerABatchIsButNotByMoreThanEight() {
		BatchSize size = new BatchSize(5_000);

		size.adapt(events(50, 2), Duration.ofMillis(50), NO_CEILING);
		assertThat(size.current()).isEqualTo(250);

		size.adapt(events(250, 2), Duration.ZERO, NO_CEILING);
		assertThat(size.current()).isEqualTo(2_000);
	}

	@Test
	void staysAsItIsIfABatchIsNotFullOrNotQuick() {
		BatchSize size = new BatchSize(500);

		size.adapt(events(49, 2), QUICK, NO_CEILING);
		size.adapt(events(50, 2), NEITHER, NO_CEILING);
		size.adapt(List.of(), SLOW, NO_CEILING);

		assertThat(size.current()).isEqualTo(50);
	}

	@Test
	void shrinksWhileBatchesAreSlowButNotBelowOne() {
		BatchSize size = new BatchSize(500);

		size.adapt(events(50, 2), SLOW, NO_CEILING);
		assertThat(size.current()).isEqualTo(25);

		for (int i = 0; i < 10; i++) {
			size.adapt(events(25, 2), SLOW, NO_CEILING);
		}
		assertThat(size.current()).isOne();
	}

	@Test
	void readsNoMoreThanCouldBeHandled() {
		BatchSize size = new BatchSize(500);

		size.adapt(events(50, 2), QUICK, 30);

		assertThat(size.current()).isEqualTo(30);
	}

	@Test
	void readsNoMoreThanFitsIntoEightMegabytes() {
		BatchSize size = new BatchSize(500);

		size.adapt(events(50, 1024 * 1024), QUICK, NO_CEILING);
		assertThat(size.current()).isEqualTo(8);

		size.adapt(events(8, 20 * 1024 * 1024), QUICK, NO_CEILING);
		assertThat(size.current()).isOne();
	}

	@Test
	void growsAgainAfterLargeEvents() {
		BatchSize size = new BatchSize(500);
		size.adapt(events(50, 1024 * 1024), QUICK, NO_CEILING);

		size.adapt(events(8, 2), QUICK, NO_CEILING);

		assertThat(size.current()).isEqualTo(16);
	}

	private static List<StoredEvent> events(int count, int bytes) {
		return Collections.nCopies(count, new StoredEvent(1, new EventId(new UUID(0, 1)), "T", null, null,
				new byte[bytes], null, Instant.EPOCH, false, new StoredEvent.Failures(0, 0)));
	}

}
