package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.pyxbox.store.LaneStore;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Lets the server know, while a claim is held that nothing is sent for, that its owner is
 * still there. The server ends claims of owners it has not heard of for
 * {@link #givenUpAfter()}: something in between may keep their connection open long after
 * the process is gone. So a lane is free soon, however long calls may take. The threads
 * end while nothing is held. Thread-safe.
 */
final class ClaimKeepAlive {

	private static final Log logger = LogFactory.getLog(ClaimKeepAlive.class);

	/** Calls are seldom longer, and this costs nothing if they are not. */
	static final Duration INTERVAL = Duration.ofSeconds(5);

	/** Leaves room for pauses of the process, and for a slow network. */
	private static final int GIVEN_UP_AFTER_INTERVALS = 4;

	private final LaneStore lanes;

	private final Duration interval;

	private final ScheduledExecutorService timer;

	/**
	 * Creates a keep-alive.
	 * @param claims how many claims are held at most; one whose server has fallen silent
	 * must not hold up the others
	 * @param interval how often the server hears of the owner
	 */
	ClaimKeepAlive(LaneStore lanes, int claims, Duration interval) {
		this.lanes = lanes;
		this.interval = interval;
		this.timer = PlatformThreads.timer("pyxbox-keep-alive", claims);
	}

	/** How long the server may hear nothing of a claim's owner. */
	Duration givenUpAfter() {
		return this.interval.multipliedBy(GIVEN_UP_AFTER_INTERVALS);
	}

	/**
	 * Does something that takes time.
	 * @param connection the connection that holds the claim, which nobody uses meanwhile
	 * @param action what to do
	 */
	void during(Connection connection, Runnable action) {
		Held held = new Held(connection);
		ScheduledFuture<?> alarm = this.timer.scheduleWithFixedDelay(held::refresh, this.interval.toMillis(),
				this.interval.toMillis(), TimeUnit.MILLISECONDS);
		try {
			action.run();
		}
		finally {
			alarm.cancel(false);
			held.end();
		}
	}

	/**
	 * A claim under way. It is refreshed before its end or not at all: afterwards the
	 * connection is its owner's again.
	 */
	private final class Held {

		private final Connection connection;

		/** Not a monitor: that would pin the thread of a virtual one up to Java 23. */
		private final ReentrantLock lock = new ReentrantLock();

		private boolean ended;

		Held(Connection connection) {
			this.connection = connection;
		}

		void refresh() {
			this.lock.lock();
			try {
				if (!this.ended) {
					ClaimKeepAlive.this.lanes.keep(this.connection);
				}
			}
			catch (SQLException | RuntimeException ex) {
				// Its owner will find out as well, and say so.
				this.ended = true;
				logger.debug("A claim is lost", ex);
			}
			finally {
				this.lock.unlock();
			}
		}

		void end() {
			this.lock.lock();
			this.ended = true;
			this.lock.unlock();
		}

	}

}
