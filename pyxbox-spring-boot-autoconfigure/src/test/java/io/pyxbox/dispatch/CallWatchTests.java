package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(60)
class CallWatchTests {

	private static final Duration SHORT = Duration.ofMillis(20);

	private static final Duration LONG = Duration.ofMinutes(10);

	private final CallWatch watch = new CallWatch();

	private final AtomicInteger cancelled = new AtomicInteger();

	@Test
	void interruptsAndCancelsACallThatTakesTooLong() {
		assertThatExceptionOfType(ListenerTimeoutException.class)
			.isThrownBy(() -> call(SHORT, () -> new CountDownLatch(1).await()))
			.withMessageContaining("20 ms")
			.withCauseInstanceOf(InterruptedException.class);
		assertThat(this.cancelled).hasPositiveValue();
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
	}

	@Test
	void aCallThatTookTooLongHasFailedEvenIfItReturns() {
		assertThatExceptionOfType(ListenerTimeoutException.class).isThrownBy(() -> call(SHORT, () -> {
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				// As many a listener does.
			}
		})).withNoCause();
	}

	@Test
	void interruptsACallAgainThatGoesOnToWaitForSomethingElse() {
		assertThatExceptionOfType(ListenerTimeoutException.class).isThrownBy(() -> call(SHORT, () -> {
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				new CountDownLatch(1).await();
			}
		}));
	}

	@Test
	void leavesACallInTimeAlone() throws Exception {
		call(LONG, () -> assertThat(new CountDownLatch(0).await(1, TimeUnit.SECONDS)).isTrue());
		call(null, () -> {
		});

		assertThat(this.cancelled).hasValue(0);
	}

	@Test
	void passesOnWhatACallInTimeThrows() {
		assertThatIllegalStateException().isThrownBy(() -> call(LONG, () -> {
			throw new IllegalStateException("no stock");
		})).withMessage("no stock");
	}

	private void call(Duration timeout, ChunkTransactions.Action action) throws Exception {
		this.watch.call(timeout, action, this.cancelled::incrementAndGet);
	}

}
