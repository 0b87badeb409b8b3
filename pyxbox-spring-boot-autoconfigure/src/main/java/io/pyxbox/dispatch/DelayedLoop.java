package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import javax.sql.DataSource;

import io.pyxbox.store.DueTime;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.NewEvent;

/**
 * Moves delayed events that are due, and once a minute frees deduplication keys, where
 * events are pulled and no poller of this application does it. Thread-safe.
 */
public final class DelayedLoop {

	/** After this everything is looked at, see {@link DelayedEvents}. */
	private static final long SWEEP_NANOS = TimeUnit.MINUTES.toNanos(1);

	private final DelayedEvents events;

	private final ExpiredKeys keys;

	private final Duration pollInterval;

	private final BooleanSupplier doneElsewhere;

	private final TroubleLog trouble = new TroubleLog(Duration.ofSeconds(3));

	private final Semaphore lookNow = new Semaphore(0);

	/**
	 * Creates an instance.
	 * @param table the outbox's tables
	 * @param dataSource the connections
	 * @param networkTimeout how long a statement waits for a server that has fallen
	 * silent
	 * @param pollInterval how often to look
	 * @param doneElsewhere whether a poller of this application does it at the moment
	 * @param loops are told of what was moved
	 */
	public DelayedLoop(EventTable table, DataSource dataSource, Duration networkTimeout, Duration pollInterval,
			BooleanSupplier doneElsewhere, PullLoops loops) {
		ClaimConnections connections = new ClaimConnections(dataSource, networkTimeout);
		this.events = new DelayedEvents(table, connections, (buckets) -> loops.wakeFor(buckets.keySet()));
		this.keys = new ExpiredKeys(table, connections);
		this.pollInterval = pollInterval;
		this.doneElsewhere = doneElsewhere;
	}

	/**
	 * Says that events were committed here.
	 * @param committed the events
	 */
	public void wake(Collection<NewEvent> committed) {
		for (NewEvent event : committed) {
			DueTime due = event.due();
			if (due != null && due.in().compareTo(this.pollInterval) < 0) {
				stirred();
				return;
			}
		}
	}

	/**
	 * Looks at once, or notices that it is to end.
	 */
	public void stirred() {
		// Where nobody looks here they would pile up.
		if (this.lookNow.availablePermits() == 0) {
			this.lookNow.release();
		}
	}

	/**
	 * Looks and moves, in the calling thread.
	 * @param ending whether to end
	 * @throws InterruptedException if the thread is interrupted
	 */
	public void runUntil(BooleanSupplier ending) throws InterruptedException {
		long sweptAt = System.nanoTime();
		while (!ending.getAsBoolean()) {
			if (System.nanoTime() - sweptAt >= SWEEP_NANOS) {
				sweptAt = System.nanoTime();
				this.events.sweep();
				this.keys.begin();
			}
			if (this.lookNow.tryAcquire(pause(), TimeUnit.MILLISECONDS)) {
				this.lookNow.drainPermits();
			}
		}
	}

	private long pause() {
		long interval = this.pollInterval.toMillis();
		if (this.doneElsewhere.getAsBoolean()) {
			return interval;
		}
		try {
			long pause = this.events.lookAndMove(interval);
			this.trouble.over();
			return this.keys.removeSome(pause);
		}
		catch (SQLException | RuntimeException ex) {
			this.trouble.report(ex);
			return Jitter.onTopOf(interval);
		}
	}

}
