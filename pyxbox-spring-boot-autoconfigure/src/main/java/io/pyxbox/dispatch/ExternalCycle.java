package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import io.pyxbox.store.Claim;
import io.pyxbox.store.ClaimRequest;
import io.pyxbox.store.LaneStore;
import io.pyxbox.store.LostClaimException;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.StoredEvent;
import org.jspecify.annotations.Nullable;

/**
 * Delivers to consumers whose effects lie elsewhere, outside any Spring transaction.
 * <ol>
 * <li>Begin; lock lanes and read a chunk of each, until there is enough to call. From
 * here on the transaction has neither a snapshot nor an id: it holds up nobody, however
 * long the next step takes.
 * <li>Deliver: events of different keys at the same time, those of one key in order. The
 * first failure of a key leaves its later events undelivered.
 * <li>Settle: each event by its own outcome. Commit, without waiting for the disk: what a
 * crash of the server forgets is delivered once more.
 * </ol>
 */
final class ExternalCycle implements LaneCycle {

	/** No call is begun after this; what is left is claimed again. */
	private static final Duration MAX_DURATION = Duration.ofSeconds(5);

	private final ClaimConnections connections;

	private final LaneStore lanes;

	private final SettlementStore settlements;

	private final Watermark watermark;

	private final DeliveryObserver observer;

	private final ParallelCalls calls;

	ExternalCycle(ClaimConnections connections, LaneStore lanes, SettlementStore settlements, Watermark watermark,
			DeliveryObserver observer, ParallelCalls calls) {
		this.connections = connections;
		this.lanes = lanes;
		this.settlements = settlements;
		this.watermark = watermark;
		this.observer = observer;
		this.calls = calls;
	}

	@Override
	public Map<LaneState, LaneOutcome> run(LaneState lane, Supplier<@Nullable LaneState> more,
			BooleanSupplier stopping) {
		Map<LaneState, LaneOutcome> outcomes = new LinkedHashMap<>();
		try {
			this.connections.inTransaction((connection) -> {
				runTogether(connection, lane, more, stopping, outcomes);
				return outcomes;
			});
		}
		catch (LostClaimException ex) {
			outcomes.replaceAll((each, outcome) -> new LaneOutcome.More());
		}
		catch (SQLException | RuntimeException ex) {
			outcomes.putIfAbsent(lane, new LaneOutcome.Broken(ex));
			outcomes.replaceAll((each, outcome) -> new LaneOutcome.Broken(ex));
		}
		return outcomes;
	}

	/**
	 * Calls of one consumer need not be calls of one lane: a few events in each of many
	 * lanes are as many calls at the same time, and still one connection.
	 */
	private void runTogether(Connection connection, LaneState first, Supplier<@Nullable LaneState> more,
			BooleanSupplier stopping, Map<LaneState, LaneOutcome> outcomes) throws SQLException {
		long startedAt = System.nanoTime();
		List<Claimed> claimed = new ArrayList<>();
		int calls = 0;
		for (LaneState lane = first; lane != null; lane = isEnough(calls, first, stopping) ? null : more.get()) {
			outcomes.put(lane, new LaneOutcome.Busy());
			Claimed next = claim(connection, lane);
			if (next.record().claim().locked()) {
				claimed.add(next);
				calls += next.record().claim().events().size();
			}
		}
		deliver(first.target(), claimed, stopping);
		for (Claimed each : claimed) {
			this.settlements.settle(connection, each.lane().lane(), each.record().settlement());
		}
		connection.commit();
		Duration took = Duration.ofNanos(System.nanoTime() - startedAt);
		claimed.forEach((each) -> outcomes.put(each.lane(), finish(each, took)));
	}

	private static boolean isEnough(int calls, LaneState lane, BooleanSupplier stopping) {
		return calls >= lane.target().settings().calls() || stopping.getAsBoolean();
	}

	private Claimed claim(Connection connection, LaneState lane) throws SQLException {
		long settledBefore = this.watermark.settled();
		long fromId = lane.nextFromId();
		Claim claim = this.lanes.claim(connection,
				new ClaimRequest(lane.lane(), lane.target().subscription(), fromId, lane.nextLimit(), true));
		return new Claimed(lane, new ChunkRecord(lane.target(), claim), fromId, settledBefore);
	}

	private LaneOutcome finish(Claimed claimed, Duration took) {
		LaneState lane = claimed.lane();
		ChunkRecord record = claimed.record();
		lane.hasRead(claimed.fromId(), record.lowestOpenId(claimed.fromId(), claimed.settledBefore()));
		lane.handled(record.handled());
		lane.batchSize().adapt(record.claim().events(), took, Integer.MAX_VALUE);
		record.tell(this.observer);
		return record.outcome();
	}

	private void deliver(DeliveryTarget target, List<Claimed> claimed, BooleanSupplier stopping) {
		List<Runnable> actions = new ArrayList<>();
		for (Claimed each : claimed) {
			actions.addAll(target.settings().wholeChunks() ? wholeChunk(each.lane(), each.record(), stopping)
					: chains(target, each.record(), stopping));
		}
		try {
			this.calls.run(target, actions);
		}
		catch (InterruptedException ex) {
			claimed.forEach((each) -> each.record().endEarly());
			Thread.currentThread().interrupt();
		}
	}

	/** One action for each key, and for each event without a key. */
	private List<Runnable> chains(DeliveryTarget target, ChunkRecord record, BooleanSupplier stopping) {
		long deadline = System.nanoTime() + MAX_DURATION.toNanos();
		BooleanSupplier timeToEnd = () -> stopping.getAsBoolean() || System.nanoTime() - deadline > 0;
		Map<Object, List<StoredEvent>> byKey = new LinkedHashMap<>();
		for (StoredEvent event : record.claim().events()) {
			Object key = (event.partitionKey() != null) ? event.partitionKey() : event.id();
			byKey.computeIfAbsent(key, (absent) -> new ArrayList<>(1)).add(event);
		}
		List<Runnable> chains = new ArrayList<>(byKey.size());
		byKey.values()
			.forEach((events) -> chains.add(() -> deliverInOrder(target, events, record, timeToEnd, stopping)));
		return chains;
	}

	private void deliverInOrder(DeliveryTarget target, List<StoredEvent> events, ChunkRecord record,
			BooleanSupplier timeToEnd, BooleanSupplier stopping) {
		for (StoredEvent event : events) {
			if (record.isHeld(event)) {
				return;
			}
			if (timeToEnd.getAsBoolean()) {
				record.endEarly();
				return;
			}
			try {
				target.deliver(target.decode(event));
				record.completed(event);
			}
			catch (Throwable ex) {
				if (ex instanceof InterruptedException && stopping.getAsBoolean()) {
					record.endEarly();
					return;
				}
				record.failed(event, ex);
			}
			finally {
				Interrupts.forgetUnless(stopping);
			}
		}
	}

	private List<Runnable> wholeChunk(LaneState lane, ChunkRecord record, BooleanSupplier stopping) {
		List<DecodedEvent> decoded = new ArrayList<>();
		for (StoredEvent event : record.claim().events()) {
			try {
				decoded.add(lane.target().decode(event));
			}
			catch (UndecodableEventException ex) {
				record.failed(event, ex);
			}
		}
		return decoded.isEmpty() ? List.of() : List.of(() -> deliverAll(lane, decoded, record, stopping));
	}

	private void deliverAll(LaneState lane, List<DecodedEvent> decoded, ChunkRecord record, BooleanSupplier stopping) {
		try {
			lane.target().deliverAll(decoded);
			decoded.forEach((event) -> record.completed(event.stored()));
		}
		catch (Throwable ex) {
			boolean stopped = ex instanceof InterruptedException && stopping.getAsBoolean();
			if (decoded.size() == 1 && !stopped) {
				record.failed(decoded.get(0).stored(), ex);
				return;
			}
			// Which of them is to blame shows when they come one by one.
			lane.isolateNext(decoded.size());
			record.endEarly();
		}
		finally {
			Interrupts.forgetUnless(stopping);
		}
	}

	/**
	 * A lane and what was claimed of it.
	 *
	 * @param lane the lane
	 * @param record the record of its claim
	 * @param fromId where reading began
	 * @param settledBefore what was settled before
	 */
	private record Claimed(LaneState lane, ChunkRecord record, long fromId, long settledBefore) {
	}

}
