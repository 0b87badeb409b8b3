package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

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
 * <li>Deliver: events of different keys at the same time, those of one key in order, or
 * all of them at once, as the consumer wants them. The first failure of a key leaves its
 * later events undelivered.
 * <li>Settle: each event by its own outcome. Commit, without waiting for the disk: what a
 * crash of the server forgets is delivered once more.
 * </ol>
 */
final class ExternalCycle implements LaneCycle {

	/** A lane's claim may be as large; those of many lanes together must not be. */
	private static final long MAX_BYTES = 8 * 1024 * 1024;

	private final ClaimConnections connections;

	private final LaneStore lanes;

	private final SettlementStore settlements;

	private final Watermark watermark;

	private final DeliveryObserver observer;

	private final ExternalCalls calls;

	private final ClaimKeepAlive keepAlive;

	ExternalCycle(ClaimConnections connections, LaneStore lanes, SettlementStore settlements, Watermark watermark,
			DeliveryObserver observer, ExternalCalls calls, ClaimKeepAlive keepAlive) {
		this.connections = connections;
		this.lanes = lanes;
		this.settlements = settlements;
		this.watermark = watermark;
		this.observer = observer;
		this.calls = calls;
		this.keepAlive = keepAlive;
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
		boolean probing = !first.circuit().isClosed();
		List<Claimed> claimed = new ArrayList<>();
		int calls = 0;
		long bytes = 0;
		for (LaneState lane = first; lane != null; lane = isEnough(calls, bytes, first, stopping) ? null : more.get()) {
			outcomes.put(lane, new LaneOutcome.Busy());
			Claimed next = claim(connection, lane);
			if (next.record().claim().locked()) {
				claimed.add(next);
				List<StoredEvent> events = next.record().claim().events();
				calls += events.size();
				bytes += events.stream().mapToLong((event) -> event.payload().length).sum();
			}
		}
		List<ExternalCalls.Chunk> chunks = claimed.stream().map(Claimed::chunk).toList();
		this.keepAlive.during(connection, () -> this.calls.make(first, chunks, probing, stopping));
		// In the order that all consumers of an event take its lock in.
		claimed.sort(Comparator.comparingInt((each) -> each.lane().lane().bucket()));
		// What was called is to be settled, and an interrupted virtual thread loses the
		// connection that it waits for.
		boolean interrupted = Thread.interrupted();
		try {
			for (Claimed each : claimed) {
				this.settlements.settle(connection, each.lane().lane(), each.record().settlement());
			}
			connection.commit();
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
		Duration took = Duration.ofNanos(System.nanoTime() - startedAt);
		boolean waitedInVain = claimed.stream().anyMatch((each) -> each.record().hasPostponed());
		claimed.forEach((each) -> outcomes.put(each.lane(), finish(each, took, waitedInVain)));
	}

	private static boolean isEnough(int calls, long bytes, LaneState lane, BooleanSupplier stopping) {
		return calls >= lane.target().settings().calls() || bytes >= MAX_BYTES || !lane.circuit().isClosed()
				|| stopping.getAsBoolean();
	}

	private Claimed claim(Connection connection, LaneState lane) throws SQLException {
		long settledBefore = this.watermark.settled();
		ClaimRequest request = lane.nextRequest(lane.circuit().limit(), this.keepAlive.givenUpAfter());
		ChunkRecord record = new ChunkRecord(lane.target(), this.lanes.claim(connection, request));
		return new Claimed(new ExternalCalls.Chunk(lane, record), request, settledBefore);
	}

	private LaneOutcome finish(Claimed claimed, Duration took, boolean waitedInVain) {
		LaneState lane = claimed.lane();
		ChunkRecord record = claimed.record();
		lane.hasRead(claimed.request().fromId(), record.progress(claimed.request().held(), claimed.settledBefore()));
		lane.suspect(record.suspect());
		lane.handled(record.handled());
		if (!waitedInVain) {
			lane.batchSize().adapt(record.claim().events(), took, Integer.MAX_VALUE);
		}
		record.tell(this.observer);
		return record.outcome();
	}

	/**
	 * A lane and what was claimed of it.
	 *
	 * @param chunk the lane and the record of its claim
	 * @param request what was asked for
	 * @param settledBefore what was settled before
	 */
	private record Claimed(ExternalCalls.Chunk chunk, ClaimRequest request, long settledBefore) {

		LaneState lane() {
			return this.chunk.lane();
		}

		ChunkRecord record() {
			return this.chunk.record();
		}

	}

}
