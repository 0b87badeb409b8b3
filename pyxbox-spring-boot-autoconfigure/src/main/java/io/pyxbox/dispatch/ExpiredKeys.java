package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.concurrent.TimeUnit;

import io.pyxbox.store.DeduplicationStore;
import io.pyxbox.store.EventTable;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Frees deduplication keys, few at a time and not for long: there is no hurry, and
 * whoever does it has delayed events to move meanwhile. Where many events wait, looking
 * whether one is among them takes its time. Used by one thread.
 */
final class ExpiredKeys {

	private static final Log logger = LogFactory.getLog(ExpiredKeys.class);

	private static final int BATCH = 100;

	private static final long MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

	/** How much longer than it took the database has to itself. */
	private static final int REST = 4;

	private final ClaimConnections connections;

	private final DeduplicationStore store;

	private boolean more;

	private @Nullable OffsetDateTime from;

	private long restingUntil;

	ExpiredKeys(EventTable table, ClaimConnections connections) {
		this.connections = connections;
		this.store = new DeduplicationStore(table);
	}

	/** All keys are to be looked at, some by each of the next calls. */
	void begin() {
		this.from = null;
		this.more = true;
		this.restingUntil = System.nanoTime();
	}

	/**
	 * Frees some, if there are any left to look at. If that fails, it has time until it
	 * is begun again.
	 * @param pause for how many milliseconds to pause otherwise
	 * @return for how many milliseconds to pause
	 */
	long removeSome(long pause) {
		if (this.more && System.nanoTime() - this.restingUntil >= 0) {
			this.more = false;
			try {
				this.more = removeSome();
			}
			catch (SQLException | RuntimeException ex) {
				logger.debug("Deduplication keys could not be freed; trying again in a minute", ex);
			}
		}
		long resting = TimeUnit.NANOSECONDS.toMillis(this.restingUntil - System.nanoTime());
		return this.more ? Math.min(pause, Math.max(1, resting)) : pause;
	}

	private boolean removeSome() throws SQLException {
		long startedAt = System.nanoTime();
		int count;
		do {
			DeduplicationStore.Looked looked = this.connections
				.inAutoCommit((connection) -> this.store.removeExpired(connection, this.from, BATCH));
			count = looked.count();
			this.from = looked.latest();
		}
		while (count == BATCH && System.nanoTime() - startedAt < MAX_NANOS);
		long endedAt = System.nanoTime();
		this.restingUntil = endedAt + REST * (endedAt - startedAt);
		return count == BATCH;
	}

}
