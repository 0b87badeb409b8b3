package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.pyxbox.store.NewEvent;
import io.pyxbox.store.Subscription.Route;
import io.pyxbox.store.WakeUpChannel;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Tells other instances of events that were committed here: at once, but not more often
 * than every few milliseconds, in between they are collected. Whoever is not told finds
 * them by polling. Its thread ends while there is nothing to tell. Thread-safe.
 */
final class WakeUpSender {

	private static final Log logger = LogFactory.getLog(WakeUpSender.class);

	private static final long PAUSE_NANOS = Duration.ofMillis(10).toNanos();

	private final UUID sender = UUID.randomUUID();

	private final ClaimConnections connections;

	private final WakeUpChannel channel;

	private final ScheduledExecutorService timer = PlatformThreads.timer("pyxbox-wake-up", 1);

	private final Map<Route, Long> collected = new HashMap<>();

	private boolean scheduled;

	private long sentAt = System.nanoTime() - PAUSE_NANOS;

	WakeUpSender(ClaimConnections connections, WakeUpChannel channel) {
		this.connections = connections;
		this.channel = channel;
	}

	/** Who sends. */
	UUID sender() {
		return this.sender;
	}

	/** Sends soon, in another thread. */
	void send(Collection<NewEvent> events) {
		if (events.isEmpty()) {
			return;
		}
		synchronized (this) {
			WakeUp.collect(events, this.collected);
			if (!this.scheduled) {
				schedule();
			}
		}
	}

	private void schedule() {
		long pause = Math.max(0, this.sentAt + PAUSE_NANOS - System.nanoTime());
		try {
			this.timer.schedule(this::sendCollected, pause, TimeUnit.NANOSECONDS);
			this.scheduled = true;
		}
		catch (RuntimeException | OutOfMemoryError ex) {
			// No thread to be had: they go with the next ones, or are found by polling.
			logger.debug("Other instances could not be told of events", ex);
		}
	}

	private void sendCollected() {
		WakeUp wakeUp;
		synchronized (this) {
			wakeUp = new WakeUp(this.sender, this.collected);
			this.collected.clear();
			this.scheduled = false;
			this.sentAt = System.nanoTime();
		}
		try {
			sendNow(wakeUp);
		}
		catch (SQLException | RuntimeException ex) {
			logger.debug("Other instances could not be told of events", ex);
		}
	}

	/** Sends in the calling thread. */
	void sendNow(WakeUp wakeUp) throws SQLException {
		this.connections.inAutoCommit((connection) -> {
			this.channel.send(connection, wakeUp.encode());
			return true;
		});
	}

}
