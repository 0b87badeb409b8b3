package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import io.pyxbox.store.Claim;
import io.pyxbox.store.ClaimRequest;
import io.pyxbox.store.LaneStore;
import io.pyxbox.store.Marker;
import io.pyxbox.store.MarkerStore;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.StoredEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Finds the event that kills the process that delivers it ({@code System.exit}, an
 * out-of-memory killer). Everything else that such a process did is rolled back with its
 * connection, so the attempt is written down beforehand, in a transaction of its own:
 * <ol>
 * <li>Until a lane has survived its first chunk in this process, the lane is marked
 * before a chunk is delivered, and the marker removed afterwards. A process that dies of
 * an event dies of it again after its restart, and then in the first chunk of its lane.
 * From then on nothing is marked, so this costs nothing.
 * <li>Whoever finds a lane free but marked by somebody who does not come back delivers
 * the chunk once more: processes end for other reasons, too. If it is left behind again,
 * its events are delivered one by one, and each of them is marked; in one process one at
 * a time.
 * <li>If that marker is found as well, its event is to blame: the attempt is counted as
 * failed. When it is due again, it is delivered alone and marked again.
 * </ol>
 * A marker is written between two transactions, and for that moment its lane is free. So
 * somebody who comes back is waited for, a little.
 */
final class CarefulCycle implements LaneCycle {

	private static final Log logger = LogFactory.getLog(CarefulCycle.class);

	/**
	 * For how long a marker has to be seen on a free lane until it counts as left behind.
	 */
	private static final Duration GRACE = Duration.ofSeconds(1);

	/** An owner that waits for a connection must not see its event blamed. */
	private static final Duration GRACE_BEFORE_BLAME = Duration.ofSeconds(5);

	private final LaneCycle delegate;

	private final ClaimConnections connections;

	private final LaneStore lanes;

	private final MarkerStore markers;

	private final SettlementStore settlements;

	private final DeliveryObserver observer;

	private final Suspects suspects;

	private final Map<LaneState, Sighting> sightings = new ConcurrentHashMap<>();

	CarefulCycle(LaneCycle delegate, ClaimConnections connections, LaneStore lanes, MarkerStore markers,
			SettlementStore settlements, DeliveryObserver observer, Suspects suspects) {
		this.suspects = suspects;
		this.delegate = delegate;
		this.connections = connections;
		this.lanes = lanes;
		this.markers = markers;
		this.settlements = settlements;
		this.observer = observer;
	}

	@Override
	public Map<LaneState, LaneOutcome> run(LaneState lane, Supplier<@Nullable LaneState> more,
			BooleanSupplier stopping) {
		if (!lane.needsCare()) {
			return this.delegate.run(lane, more, stopping);
		}
		Map<LaneState, LaneOutcome> outcomes = new HashMap<>();
		List<LaneState> ready = new ArrayList<>();
		int events = 0;
		// As many as the delegate runs together.
		int enough = lane.target().settings().transactional() ? 0 : lane.target().settings().calls();
		try {
			for (LaneState next = lane; next != null; next = (events < enough) ? more.get() : null) {
				Step step = prepare(next, ready.isEmpty());
				if (step instanceof Step.End end) {
					outcomes.put(next, end.outcome());
				}
				else {
					events += (step instanceof Step.Marked marked) ? marked.events() : 0;
					ready.add(next);
				}
			}
			outcomes.putAll(deliver(ready, stopping));
			return outcomes;
		}
		finally {
			lane.alone(null);
			this.suspects.release(lane);
		}
	}

	private Step prepare(LaneState lane, boolean first) {
		try {
			return this.connections.inTransaction((connection) -> prepare(connection, lane, first));
		}
		catch (SQLException | RuntimeException ex) {
			return new Step.End(new LaneOutcome.Broken(ex));
		}
	}

	/** Looks at what is to be delivered and marks it. */
	private Step prepare(Connection connection, LaneState lane, boolean first) throws SQLException {
		ClaimRequest request = lane.nextRequest(Integer.MAX_VALUE, null);
		Claim claim = this.lanes.claim(connection, request);
		if (!claim.locked()) {
			this.sightings.remove(lane);
			return new Step.End(new LaneOutcome.Busy());
		}
		Marker found = this.markers.read(connection, lane.lane());
		int strikes = 0;
		if (found != null && !found.owner().equals(this.suspects.owner())) {
			if (!isLeftBehind(lane, found)) {
				return new Step.End(new LaneOutcome.Busy());
			}
			if (found.id() != null) {
				lane.suspect(found.lastId());
				blame(connection, lane, found.id(), found.owner());
				return new Step.End(new LaneOutcome.More());
			}
			if (found.strikes() > 0) {
				lane.suspect(found.lastId());
			}
			strikes = found.strikes() + 1;
		}
		StoredEvent next = claim.events().stream().findFirst().orElse(null);
		if (lane.suspect() > 0 && (next == null || isBeyondSuspicion(next, lane))) {
			nothingIsSuspect(connection, lane, found);
			return new Step.End(new LaneOutcome.More());
		}
		if (next == null) {
			clear(connection, lane, found);
			return new Step.Nothing();
		}
		if (lane.suspect() == 0) {
			return markChunk(connection, lane, claim.events(), strikes);
		}
		// Alone, so not together with other lanes either.
		return first ? markAlone(connection, lane, next) : new Step.End(new LaneOutcome.More());
	}

	private static boolean isBeyondSuspicion(StoredEvent event, LaneState lane) {
		return event.id() > lane.suspect() && event.failures() == null;
	}

	private boolean isLeftBehind(LaneState lane, Marker marker) {
		Sighting seen = this.sightings.get(lane);
		if (seen == null || !seen.marker().equals(marker)) {
			this.sightings.put(lane, new Sighting(marker, System.nanoTime()));
			return false;
		}
		Duration grace = (marker.id() != null) ? GRACE_BEFORE_BLAME : GRACE;
		return System.nanoTime() - seen.atNanos() >= grace.toNanos();
	}

	/** The process that marked the event has died, and nothing else was under way. */
	private void blame(Connection connection, LaneState lane, long id, UUID marker) throws SQLException {
		ClaimRequest alone = new ClaimRequest(lane.lane(), lane.target().subscription(), 0, Map.of(), id, 1, null);
		ChunkRecord record = new ChunkRecord(lane.target(), this.lanes.claim(connection, alone));
		record.claim().events().forEach((event) -> record.failed(event, new ProcessDiedException()));
		this.settlements.settle(connection, lane.lane(), record.settlement());
		this.markers.clear(connection, lane.lane(), marker);
		connection.commit();
		record.tell(this.observer);
	}

	private void nothingIsSuspect(Connection connection, LaneState lane, @Nullable Marker found) throws SQLException {
		clear(connection, lane, found);
		lane.survived();
	}

	private void clear(Connection connection, LaneState lane, @Nullable Marker found) throws SQLException {
		if (found != null) {
			this.markers.clear(connection, lane.lane(), found.owner());
			connection.commit();
		}
	}

	private Step markChunk(Connection connection, LaneState lane, List<StoredEvent> events, int strikes)
			throws SQLException {
		long lastId = events.stream().mapToLong(StoredEvent::id).max().orElse(0);
		this.markers.write(connection, lane.lane(), this.suspects.owner(), null, lastId, strikes);
		connection.commit();
		return new Step.Marked(events.size());
	}

	/** If the process dies now, it shall have died of this one. */
	private Step markAlone(Connection connection, LaneState lane, StoredEvent event) throws SQLException {
		if (!this.suspects.admit(lane)) {
			return new Step.End(new LaneOutcome.Busy());
		}
		this.markers.write(connection, lane.lane(), this.suspects.owner(), event.id(),
				Math.max(lane.suspect(), event.id()), 0);
		connection.commit();
		lane.alone(event.id());
		return new Step.Marked(1);
	}

	private Map<LaneState, LaneOutcome> deliver(List<LaneState> ready, BooleanSupplier stopping) {
		if (ready.isEmpty()) {
			return Map.of();
		}
		Iterator<LaneState> lanes = ready.iterator();
		Map<LaneState, LaneOutcome> outcomes = new HashMap<>();
		Map<LaneState, Long> before = new HashMap<>();
		ready.forEach((lane) -> before.put(lane, lane.handled()));
		try {
			outcomes.putAll(this.delegate.run(lanes.next(), () -> lanes.hasNext() ? lanes.next() : null, stopping));
		}
		finally {
			before.forEach(this::survived);
			unmark(ready);
		}
		// Those that it had no time for.
		lanes.forEachRemaining((lane) -> outcomes.put(lane, new LaneOutcome.More()));
		return outcomes;
	}

	private void survived(LaneState lane, long handledBefore) {
		lane.alone(null);
		if (lane.handled() > handledBefore && lane.suspect() == 0) {
			lane.survived();
			this.sightings.remove(lane);
		}
	}

	/** Whatever came of it, the process has survived. */
	private void unmark(List<LaneState> delivered) {
		try {
			this.connections.inTransaction((connection) -> {
				for (LaneState lane : delivered) {
					this.markers.clear(connection, lane.lane(), this.suspects.owner());
				}
				connection.commit();
				return true;
			});
		}
		catch (SQLException | RuntimeException ex) {
			// It is taken for one of ours, or its chunk is delivered one by one.
			logger.debug("A marker could not be removed", ex);
		}
	}

	/**
	 * What looking at a lane led to.
	 */
	private sealed interface Step {

		/** Nothing is to be delivered now. */
		record End(LaneOutcome outcome) implements Step {
		}

		/** There is nothing that a process could die of. */
		record Nothing() implements Step {
		}

		/** The lane is marked: with one event, or with a chunk. */
		record Marked(int events) implements Step {
		}

	}

	/**
	 * When a marker was first seen on a lane that was free.
	 *
	 * @param marker the marker
	 * @param atNanos when, by this process's own clock
	 */
	private record Sighting(Marker marker, long atNanos) {
	}

}
