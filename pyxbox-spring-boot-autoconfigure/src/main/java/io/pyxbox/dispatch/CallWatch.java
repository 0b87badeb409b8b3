package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.pyxbox.dispatch.ChunkTransactions.Action;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Interrupts calls that take too long. Its one thread ends while nothing is watched.
 * Thread-safe.
 */
final class CallWatch {

	private static final Log logger = LogFactory.getLog(CallWatch.class);

	/** One interrupt may hit a listener that goes on to wait for something else. */
	private static final int REPEAT_MILLIS = 1_000;

	private static final int COMPLAIN_AFTER = 10;

	private final ScheduledExecutorService timer = PlatformThreads.timer("pyxbox-timeouts", 1);

	/**
	 * Makes a call.
	 * @param timeout how long it may take; {@code null} for as long as it likes
	 * @param call the call
	 * @param cancel what else helps to end it, beside the interrupt
	 * @throws ListenerTimeoutException if it took longer, whatever it led to
	 * @throws Exception what the call threw
	 */
	void call(@Nullable Duration timeout, Action call, Runnable cancel) throws Exception {
		if (timeout == null) {
			call.run();
			return;
		}
		Watched watched = new Watched(Thread.currentThread(), cancel);
		ScheduledFuture<?> alarm = this.timer.scheduleWithFixedDelay(watched::expire, timeout.toMillis(), REPEAT_MILLIS,
				TimeUnit.MILLISECONDS);
		Throwable failure = null;
		try {
			call.run();
		}
		catch (Throwable ex) {
			failure = ex;
			if (!watched.isExpired()) {
				throw ex;
			}
		}
		finally {
			watched.end();
			alarm.cancel(false);
		}
		if (watched.isExpired()) {
			throw new ListenerTimeoutException(timeout, failure);
		}
	}

	/**
	 * A call under way. Interrupts come before its end or not at all, so they hit nobody
	 * else.
	 */
	private static final class Watched {

		private final Thread thread;

		private final Runnable cancel;

		private int expired;

		private boolean ended;

		Watched(Thread thread, Runnable cancel) {
			this.thread = thread;
			this.cancel = cancel;
		}

		synchronized void expire() {
			if (this.ended) {
				return;
			}
			this.thread.interrupt();
			this.cancel.run();
			if (++this.expired == COMPLAIN_AFTER) {
				logger.warn("A listener in thread " + this.thread.getName()
						+ " has exceeded its time-out and does not react to being interrupted");
			}
		}

		synchronized void end() {
			this.ended = true;
			if (this.expired > 0) {
				Thread.interrupted();
			}
		}

		synchronized boolean isExpired() {
			return this.expired > 0;
		}

	}

}
