package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

import io.pyxbox.store.Claim;
import io.pyxbox.store.ClaimRequest;
import io.pyxbox.store.LaneStore;
import io.pyxbox.store.LostClaimException;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.StoredEvent;

/**
 * Delivers to consumers whose effects lie elsewhere, outside any Spring transaction.
 * <ol>
 * <li>Begin; lock the lane and read a chunk. From here on the transaction has neither a
 * snapshot nor an id: it holds up nobody, however long the next step takes.
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
	public LaneOutcome run(LaneState lane, BooleanSupplier stopping) {
		try {
			return this.connections.inTransaction((connection) -> run(connection, lane, stopping));
		}
		catch (LostClaimException ex) {
			return new LaneOutcome.More();
		}
		catch (SQLException | RuntimeException ex) {
			return new LaneOutcome.Broken(ex);
		}
	}

	private LaneOutcome run(Connection connection, LaneState lane, BooleanSupplier stopping) throws SQLException {
		long startedAt = System.nanoTime();
		long settledBefore = this.watermark.settled();
		long fromId = lane.nextFromId();
		Claim claim = this.lanes.claim(connection,
				new ClaimRequest(lane.lane(), lane.target().subscription(), fromId, lane.nextLimit(), true));
		if (!claim.locked()) {
			return new LaneOutcome.Busy();
		}
		ChunkRecord record = new ChunkRecord(lane.target(), claim);
		deliver(lane, record, stopping);
		this.settlements.settle(connection, lane.lane(), record.settlement());
		connection.commit();
		lane.hasRead(fromId, record.lowestOpenId(fromId, settledBefore));
		lane.handled(record.handled());
		lane.batchSize().adapt(claim.events(), Duration.ofNanos(System.nanoTime() - startedAt), Integer.MAX_VALUE);
		record.tell(this.observer);
		return record.outcome();
	}

	private void deliver(LaneState lane, ChunkRecord record, BooleanSupplier stopping) {
		List<Runnable> actions = lane.target().settings().wholeChunks() ? wholeChunk(lane, record, stopping)
				: chains(lane.target(), record, stopping);
		try {
			this.calls.run(lane.target(), actions);
		}
		catch (InterruptedException ex) {
			record.endEarly();
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

}
