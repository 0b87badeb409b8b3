package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

import io.pyxbox.store.StoredEvent;

/**
 * Makes the calls of an {@link ExternalCycle}: those of different keys at the same time,
 * those of one key in order, as long as the destination is there. Thread-safe.
 */
final class ExternalCalls {

	private final ParallelCalls calls;

	private final CallWatch watch;

	private final DeliveryObserver observer;

	ExternalCalls(ParallelCalls calls, CallWatch watch, DeliveryObserver observer) {
		this.calls = calls;
		this.watch = watch;
		this.observer = observer;
	}

	/**
	 * Calls the consumer for each event and records what came of it.
	 * @param lane a lane of the consumer
	 * @param chunks what was claimed
	 * @param probing whether it was claimed to find out if the destination is back
	 */
	void make(LaneState lane, List<Chunk> chunks, boolean probing, BooleanSupplier stopping) {
		ExternalRound round = new ExternalRound(lane, probing, stopping, this.watch, this.observer);
		List<Runnable> actions = actions(lane.target(), round, chunks);
		try {
			this.calls.run(lane.target(), probing ? List.of(() -> actions.forEach(Runnable::run)) : actions);
		}
		catch (InterruptedException ex) {
			chunks.forEach((chunk) -> chunk.record().endEarly());
			Thread.currentThread().interrupt();
		}
		if (!lane.circuit().isClosed()) {
			chunks.forEach((chunk) -> chunk.record().forgive());
			if (probing && !actions.isEmpty()) {
				lane.circuit().pause();
			}
		}
	}

	private static List<Runnable> actions(DeliveryTarget target, ExternalRound round, List<Chunk> chunks) {
		if (target instanceof BatchTarget batchTarget) {
			return new BatchCalls(batchTarget, round).of(chunks);
		}
		List<Runnable> actions = new ArrayList<>();
		for (Chunk chunk : chunks) {
			actions
				.addAll(target.settings().wholeChunks() ? whole(target, round, chunk) : chains(target, round, chunk));
		}
		return actions;
	}

	/** One action for each key, and for each event without a key. */
	private static List<Runnable> chains(DeliveryTarget target, ExternalRound round, Chunk chunk) {
		Map<Object, List<StoredEvent>> byKey = new LinkedHashMap<>();
		for (StoredEvent event : chunk.record().deliverable(chunk.lane().isAlone())) {
			Object key = (event.partitionKey() != null) ? event.partitionKey() : event.id();
			byKey.computeIfAbsent(key, (absent) -> new ArrayList<>(1)).add(event);
		}
		List<Runnable> chains = new ArrayList<>(byKey.size());
		byKey.values().forEach((events) -> chains.add(() -> deliverInOrder(target, round, events, chunk.record())));
		return chains;
	}

	private static void deliverInOrder(DeliveryTarget target, ExternalRound round, List<StoredEvent> events,
			ChunkRecord record) {
		for (StoredEvent event : events) {
			if (record.isHeld(event)) {
				return;
			}
			if (round.isTimeToEnd()) {
				record.endEarly();
				return;
			}
			deliver(target, round, event, record);
		}
	}

	private static void deliver(DeliveryTarget target, ExternalRound round, StoredEvent event, ChunkRecord record) {
		try {
			DecodedEvent decoded = target.decode(event);
			round.call(() -> target.deliver(decoded));
			record.completed(event);
			round.reached();
		}
		catch (UndecodableEventException ex) {
			record.failed(event, ex);
		}
		catch (Throwable ex) {
			if (round.isStopped(ex)) {
				record.endEarly();
				return;
			}
			record.failed(event, ex);
			round.failed(event, ex);
		}
		finally {
			round.ended();
		}
	}

	private static List<Runnable> whole(DeliveryTarget target, ExternalRound round, Chunk chunk) {
		List<DecodedEvent> decoded = new ArrayList<>();
		DecodingLimit limit = new DecodingLimit();
		for (StoredEvent event : chunk.record().deliverable(chunk.lane().isAlone())) {
			if (chunk.record().isHeld(event)) {
				continue;
			}
			if (limit.excludes(event)) {
				chunk.record().endEarly();
				break;
			}
			try {
				decoded.add(limit.add(target.decode(event)));
			}
			catch (UndecodableEventException ex) {
				chunk.record().failed(event, ex);
			}
		}
		return decoded.isEmpty() ? List.of() : List.of(() -> deliverAll(target, round, chunk, decoded));
	}

	private static void deliverAll(DeliveryTarget target, ExternalRound round, Chunk chunk,
			List<DecodedEvent> decoded) {
		StoredEvent first = decoded.get(0).stored();
		try {
			round.call(() -> target.deliverAll(decoded));
			decoded.forEach((event) -> chunk.record().completed(event.stored()));
			round.reached();
		}
		catch (Throwable ex) {
			boolean stopped = round.isStopped(ex);
			if (decoded.size() == 1 && !stopped) {
				chunk.record().failed(first, ex);
			}
			else {
				// Which of them is to blame shows when they come one by one.
				chunk.lane().isolateNext(decoded.size());
				chunk.record().endEarly();
			}
			if (!stopped) {
				round.failed(first, ex);
			}
		}
		finally {
			round.ended();
		}
	}

	/**
	 * A lane and the record of its claim.
	 *
	 * @param lane the lane
	 * @param record the record
	 */
	record Chunk(LaneState lane, ChunkRecord record) {
	}

}
