package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Says once that the database cannot be worked with, and once that it can again, however
 * many workers notice. Thread-safe.
 */
final class TroubleLog {

	private static final Log logger = LogFactory.getLog(TroubleLog.class);

	private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(30);

	private static final long NEVER = Long.MIN_VALUE;

	private final AtomicLong since = new AtomicLong(NEVER);

	private final AtomicLong reportedAt = new AtomicLong(NEVER);

	private final AtomicLong lastAt = new AtomicLong(NEVER);

	private final long quietNanos;

	/**
	 * Creates a log.
	 * @param quiet how long there must have been no trouble for it to be over
	 */
	TroubleLog(Duration quiet) {
		this.quietNanos = quiet.toNanos();
	}

	void report(Throwable cause) {
		long now = System.nanoTime();
		this.lastAt.set(now);
		this.since.compareAndSet(NEVER, now);
		long last = this.reportedAt.get();
		boolean due = last == NEVER || now - last >= REPEAT_NANOS;
		if (due && this.reportedAt.compareAndSet(last, now)) {
			logger.warn("Events cannot be delivered at the moment and wait in the database: " + rootOf(cause)
					+ ". Trying again.");
		}
		logger.debug("Events cannot be delivered at the moment", cause);
	}

	/** Something went well. That alone does not mean that everything does again. */
	void over() {
		long began = this.since.get();
		long last = this.lastAt.get();
		if (began == NEVER || System.nanoTime() - last < this.quietNanos) {
			return;
		}
		if (this.since.compareAndSet(began, NEVER) && this.reportedAt.get() - began >= 0) {
			logger.info("Events can be delivered again, after " + TimeUnit.NANOSECONDS.toMillis(last - began) + " ms");
		}
	}

	private static Throwable rootOf(Throwable cause) {
		Throwable root = cause;
		while (root.getCause() != null && root.getCause() != root) {
			root = root.getCause();
		}
		return root;
	}

}
