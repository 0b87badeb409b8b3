package io.pyxbox.chaos;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Makes entries all the time, and takes no notice of failures: what became of a
 * transaction is for the database to say.
 */
final class Emitter implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(Emitter.class);

	private static final int THREADS = 2;

	private static final long IN_VAIN_MILLIS = 200;

	private final Bookkeeper bookkeeper;

	private final int eventsPerSecond;

	private volatile CountDownLatch stopping = new CountDownLatch(0);

	private volatile List<Thread> threads = List.of();

	Emitter(Bookkeeper bookkeeper, int eventsPerSecond) {
		this.bookkeeper = bookkeeper;
		this.eventsPerSecond = eventsPerSecond;
	}

	@Override
	public void start() {
		this.stopping = new CountDownLatch(1);
		if (this.eventsPerSecond > 0) {
			this.threads = List.of(new Thread(this::emit, "emitter-1"), new Thread(this::emit, "emitter-2"));
			this.threads.forEach(Thread::start);
		}
	}

	private void emit() {
		CountDownLatch stop = this.stopping;
		try {
			long pause = 0;
			while (!stop.await(pause, TimeUnit.MILLISECONDS)) {
				pause = emitOnce();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private long emitOnce() {
		long before = System.nanoTime();
		try {
			int events = this.bookkeeper.book();
			if (events == 0) {
				return IN_VAIN_MILLIS;
			}
			long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
			return Math.max(0, 1_000L * THREADS * events / this.eventsPerSecond - took);
		}
		catch (RuntimeException ex) {
			logger.debug("A transaction failed", ex);
			return IN_VAIN_MILLIS;
		}
	}

	/** Ends before the poller does: its phase is the last. */
	@Override
	public void stop() {
		this.stopping.countDown();
		try {
			for (Thread thread : this.threads) {
				thread.join();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public boolean isRunning() {
		return this.stopping.getCount() > 0;
	}

}
