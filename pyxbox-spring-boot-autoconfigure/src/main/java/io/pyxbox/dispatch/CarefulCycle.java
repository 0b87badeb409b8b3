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
 * the events of that chunk one by one, and marks each of them.
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

	private final LaneCycle delegate;

	private final ClaimConnections connections;

	private final LaneStore lanes;

	private final MarkerStore markers;

	private final SettlementStore settlements;

	private final DeliveryObserver observer;

	private final UUID owner = UUID.randomUUID();

	private final Map<LaneState, Sighting> sightings = new ConcurrentHashMap<>();

	CarefulCycle(LaneCycle delegate, ClaimConnections connections, LaneStore lanes, MarkerStore markers,
			SettlementStore settlements, DeliveryObserver observer) {
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
		for (LaneState next = lane; next != null; next = (events < enough) ? more.get() : null) {
			Step step = prepare(next);
			if (step instanceof Step.End end) {
				outcomes.put(next, end.outcome());
			}
			else if (step instanceof Step.Marked marked) {
				next.alone(marked.alone());
				events += marked.events();
				ready.add(next);
			}
			else {
				ready.add(next);
			}
		}
		outcomes.putAll(deliver(ready, stopping));
		return outcomes;
	}

	private Step prepare(LaneState lane) {
		try {
			return this.connections.inTransaction((connection) -> prepare(connection, lane));
		}
		catch (SQLException | RuntimeException ex) {
			return new Step.End(new LaneOutcome.Broken(ex));
		}
	}

	/** Looks at what is to be delivered and marks it. */
	private Step prepare(Connection connection, LaneState lane) throws SQLException {
		ClaimRequest request = lane.nextRequest(Integer.MAX_VALUE, null);
		Claim claim = this.lanes.claim(connection, request);
		if (!claim.locked()) {
			return new Step.End(new LaneOutcome.Busy());
		}
		Marker found = this.markers.read(connection, lane.lane());
		if (found != null && !found.owner().equals(this.owner)) {
			if (!isLeftBehind(lane, found)) {
				return new Step.End(new LaneOutcome.Busy());
			}
			lane.suspect(found.lastId());
			if (found.id() != null) {
				blame(connection, lane, found.id(), found.owner());
				return new Step.End(new LaneOutcome.More());
			}
		}
		StoredEvent next = claim.events().stream().findFirst().orElse(null);
		if (lane.suspect() > 0 && (next == null || (next.id() > lane.suspect() && next.crashes() == 0))) {
			nothingIsSuspect(connection, lane, found);
			return new Step.End(new LaneOutcome.More());
		}
		return (next != null) ? mark(connection, lane, claim.events(), next) : new Step.Nothing();
	}

	private boolean isLeftBehind(LaneState lane, Marker marker) {
		Sighting seen = this.sightings.get(lane);
		if (seen == null || !seen.marker().equals(marker)) {
			this.sightings.put(lane, new Sighting(marker, System.nanoTime()));
			return false;
		}
		return System.nanoTime() - seen.atNanos() >= GRACE.toNanos();
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
		if (found != null) {
			this.markers.clear(connection, lane.lane(), found.owner());
			connection.commit();
		}
		lane.survived();
	}

	private Step mark(Connection connection, LaneState lane, List<StoredEvent> events, StoredEvent next)
			throws SQLException {
		Long alone = (lane.suspect() > 0) ? next.id() : null;
		long lastId = (alone != null) ? Math.max(lane.suspect(), alone)
				: events.stream().mapToLong(StoredEvent::id).max().orElse(0);
		this.markers.write(connection, lane.lane(), this.owner, alone, lastId);
		connection.commit();
		return new Step.Marked(alone, events.size());
	}

	private Map<LaneState, LaneOutcome> deliver(List<LaneState> ready, BooleanSupplier stopping) {
		if (ready.isEmpty()) {
			return Map.of();
		}
		Iterator<LaneState> lanes = ready.iterator();
		Map<LaneState, LaneOutcome> outcomes = new HashMap<>();
		try {
			outcomes.putAll(this.delegate.run(lanes.next(), () -> lanes.hasNext() ? lanes.next() : null, stopping));
		}
		finally {
			ready.forEach((lane) -> survived(lane, outcomes.get(lane)));
			unmark(ready);
		}
		// Those that it had no time for.
		lanes.forEachRemaining((lane) -> outcomes.put(lane, new LaneOutcome.More()));
		return outcomes;
	}

	private void survived(LaneState lane, @Nullable LaneOutcome outcome) {
		lane.alone(null);
		boolean delivered = outcome instanceof LaneOutcome.More
				|| outcome instanceof LaneOutcome.Drained drained && drained.handled() > 0;
		if (delivered && lane.suspect() == 0) {
			lane.survived();
			this.sightings.remove(lane);
		}
	}

	/** Whatever came of it, the process has survived. */
	private void unmark(List<LaneState> delivered) {
		try {
			this.connections.inTransaction((connection) -> {
				for (LaneState lane : delivered) {
					this.markers.clear(connection, lane.lane(), this.owner);
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
		record Marked(@Nullable Long alone, int events) implements Step {
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
