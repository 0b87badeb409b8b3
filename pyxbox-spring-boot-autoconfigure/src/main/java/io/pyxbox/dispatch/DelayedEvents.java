package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.pyxbox.store.DelayedStore;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Subscription.Route;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that delayed events are moved when they are due. Knows from when on to look:
 * what was moved remains in the index until vacuum may remove it, and must not be stepped
 * over each time. Nothing is stored with a time that has passed, so only a transaction
 * that takes very long between its writing and its commit can add something before that;
 * once a minute everything is looked at. Used by one thread.
 */
final class DelayedEvents {

	private static final int BATCH = 500;

	/** Whoever moves has something else to do as well. */
	private static final long MOVE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

	/** How long a transaction may take to commit what it has written. */
	private static final Duration MARGIN = Duration.ofSeconds(5);

	/** Many that are due one after the other are moved together. */
	private static final long SHORTEST_PAUSE = 20;

	/** Doublings of the pause while what is due is in the hands of somebody else. */
	private static final int MAX_IN_VAIN = 6;

	private final ClaimConnections connections;

	private final DelayedStore store;

	private final Consumer<Map<Route, Long>> moved;

	private @Nullable OffsetDateTime from;

	private boolean sweeping;

	private int batch = BATCH;

	private int inVain;

	/**
	 * Creates an instance.
	 * @param table the outbox's tables
	 * @param connections where to move
	 * @param moved is told of what was moved: for each kind its buckets, a bit for each
	 */
	DelayedEvents(EventTable table, ClaimConnections connections, Consumer<Map<Route, Long>> moved) {
		this.connections = connections;
		this.store = new DelayedStore(table);
		this.moved = moved;
	}

	/** From when on to look for what is due; {@code null} for all times. */
	@Nullable OffsetDateTime from() {
		return this.sweeping ? null : this.from;
	}

	/** Looks at all times, once. */
	void sweep() {
		this.sweeping = true;
	}

	/** Looks, if nobody else does, and moves what is due. */
	long lookAndMove(long pause) throws SQLException {
		long nextDueIn = this.connections.inAutoCommit(
				(connection) -> Objects.requireNonNullElse(this.store.nextDueIn(connection, from()), Long.MAX_VALUE));
		return move(nextDueIn, pause);
	}

	/**
	 * Moves what is due, for a while.
	 * @param nextDueIn in how many milliseconds the next event is due, or {@code null}
	 * @param pause for how many milliseconds to pause otherwise
	 * @return for how many milliseconds to pause
	 */
	long move(@Nullable Long nextDueIn, long pause) throws SQLException {
		try {
			return moveIfDue(nextDueIn, pause);
		}
		finally {
			this.sweeping = false;
		}
	}

	private long moveIfDue(@Nullable Long nextDueIn, long pause) throws SQLException {
		if (nextDueIn == null || nextDueIn > 0) {
			this.inVain = 0;
			return (nextDueIn != null) ? Math.min(pause, Math.max(nextDueIn, SHORTEST_PAUSE)) : pause;
		}
		// If there is none, somebody else moves, and what he moves is to be seen; or is
		// just cancelling what is due, and the next one is not to wait for him.
		this.inVain = (moveDue() > 0) ? 0 : Math.min(this.inVain + 1, MAX_IN_VAIN);
		return Math.min(pause, SHORTEST_PAUSE << this.inVain);
	}

	private int moveDue() throws SQLException {
		long startedAt = System.nanoTime();
		DelayedStore.Place place = DelayedStore.Place.before(from());
		int all = 0;
		int limit;
		int count;
		do {
			limit = this.batch;
			DelayedStore.Moved moved = moveSome(place, limit);
			count = moved.count();
			all += count;
			DelayedStore.Place last = moved.last();
			if (last != null && last.dueAt() != null) {
				place = last;
				// It may go back, if the clock of the database has.
				this.from = last.dueAt().minus(MARGIN);
				this.moved.accept(moved.buckets());
			}
		}
		while (count == limit && System.nanoTime() - startedAt < MOVE_NANOS);
		return all;
	}

	/** If it fails, fewer are tried: they may have been too large for the time given. */
	private DelayedStore.Moved moveSome(DelayedStore.Place after, int limit) throws SQLException {
		this.batch = Math.max(1, limit / 2);
		DelayedStore.Moved moved = this.connections.inTransaction((connection) -> {
			DelayedStore.Moved result = this.store.move(connection, after, limit);
			connection.commit();
			return result;
		});
		this.batch = Math.min(BATCH, limit * 2);
		return moved;
	}

}
