package io.pyxbox.inbox;

import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.pyxbox.dispatch.PullConsumers;
import io.pyxbox.dispatch.PullLoops;
import io.pyxbox.dispatch.ThreadStarter;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * What goes on beside an inbox while its application runs: once a minute, in a thread
 * that there is only where the inbox is used, its consumers are said to be still there,
 * what was received long ago is forgotten, and where there is no poller, what a poller
 * forgets. When the application stops, loops that pull come to their end. Thread-safe.
 */
public final class InboxLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(InboxLifecycle.class);

	/** As that of the poller. */
	private static final int PHASE = DEFAULT_PHASE - 100;

	private static final long INTERVAL_MILLIS = TimeUnit.MINUTES.toMillis(1);

	private final PullConsumers consumers;

	private final PullLoops loops;

	private final ReceivedHousekeeping received;

	private final ThreadStarter threads;

	private final long intervalMillis;

	private volatile boolean used;

	private @Nullable CountDownLatch stopping;

	private volatile boolean running;

	/**
	 * Creates a lifecycle.
	 * @param consumers those who pull
	 * @param loops those who pull until they are stopped
	 * @param received forgets what was received long ago
	 * @param threads starts the thread
	 */
	public InboxLifecycle(PullConsumers consumers, PullLoops loops, ReceivedHousekeeping received,
			ThreadStarter threads) {
		this(consumers, loops, received, threads, INTERVAL_MILLIS);
	}

	InboxLifecycle(PullConsumers consumers, PullLoops loops, ReceivedHousekeeping received, ThreadStarter threads,
			long intervalMillis) {
		this.consumers = consumers;
		this.loops = loops;
		this.received = received;
		this.threads = threads;
		this.intervalMillis = intervalMillis;
	}

	/** The inbox is used. */
	void use() {
		if (!this.used) {
			this.used = true;
			keepHouse();
		}
	}

	@Override
	public synchronized void start() {
		if (!this.running) {
			this.running = true;
			this.loops.start();
			keepHouse();
		}
	}

	private synchronized void keepHouse() {
		if (this.used && this.running && this.stopping == null) {
			CountDownLatch end = new CountDownLatch(1);
			this.stopping = end;
			this.threads.start("pyxbox-inbox", false, () -> keepHouseUntil(end));
		}
	}

	private void keepHouseUntil(CountDownLatch end) {
		try {
			while (!end.await(this.intervalMillis, TimeUnit.MILLISECONDS)) {
				keepHouseOnce(() -> end.getCount() == 0);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void keepHouseOnce(BooleanSupplier ending) {
		try {
			this.consumers.keepHouse();
			this.received.run(ending);
		}
		catch (SQLException | RuntimeException ex) {
			logger.debug("The inbox could not be kept in order; trying again in a minute", ex);
		}
	}

	@Override
	public void stop() {
		synchronized (this) {
			this.running = false;
			if (this.stopping != null) {
				this.stopping.countDown();
				this.stopping = null;
			}
		}
		this.loops.stop();
	}

	@Override
	public void stop(Runnable callback) {
		// Not in the caller's thread: other beans of the phase stop at the same time.
		this.threads.start("pyxbox-stop", false, () -> {
			try {
				stop();
			}
			finally {
				callback.run();
			}
		});
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
