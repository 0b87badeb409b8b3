package io.pyxbox.dispatch;

import java.time.Duration;
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

	/** No call is begun after this; what is left is claimed again. */
	static final Duration MAX_DURATION = Duration.ofSeconds(5);

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
	 */
	void make(LaneState lane, List<Chunk> chunks, BooleanSupplier stopping) {
		boolean probing = !lane.circuit().isClosed();
		Round round = new Round(lane.target(), lane.circuit(), probing, stopping);
		List<Runnable> actions = new ArrayList<>();
		for (Chunk chunk : chunks) {
			actions.addAll(lane.target().settings().wholeChunks() ? round.whole(chunk) : round.chains(chunk));
		}
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

	/**
	 * A lane and the record of its claim.
	 *
	 * @param lane the lane
	 * @param record the record
	 */
	record Chunk(LaneState lane, ChunkRecord record) {
	}

	/**
	 * The calls that are made together.
	 */
	private final class Round {

		private final DeliveryTarget target;

		private final CircuitBreaker circuit;

		private final boolean probing;

		private final BooleanSupplier stopping;

		private final long deadline = System.nanoTime() + MAX_DURATION.toNanos();

		Round(DeliveryTarget target, CircuitBreaker circuit, boolean probing, BooleanSupplier stopping) {
			this.target = target;
			this.circuit = circuit;
			this.probing = probing;
			this.stopping = stopping;
		}

		/** One action for each key, and for each event without a key. */
		List<Runnable> chains(Chunk chunk) {
			Map<Object, List<StoredEvent>> byKey = new LinkedHashMap<>();
			for (StoredEvent event : chunk.record().deliverable(chunk.lane().isAlone())) {
				Object key = (event.partitionKey() != null) ? event.partitionKey() : event.id();
				byKey.computeIfAbsent(key, (absent) -> new ArrayList<>(1)).add(event);
			}
			List<Runnable> chains = new ArrayList<>(byKey.size());
			byKey.values().forEach((events) -> chains.add(() -> deliverInOrder(events, chunk.record())));
			return chains;
		}

		private void deliverInOrder(List<StoredEvent> events, ChunkRecord record) {
			for (StoredEvent event : events) {
				if (record.isHeld(event)) {
					return;
				}
				if (isTimeToEnd()) {
					record.endEarly();
					return;
				}
				deliver(event, record);
			}
		}

		private boolean isTimeToEnd() {
			return this.stopping.getAsBoolean() || System.nanoTime() - this.deadline > 0
					|| (!this.probing && !this.circuit.isClosed());
		}

		private void deliver(StoredEvent event, ChunkRecord record) {
			try {
				DecodedEvent decoded = this.target.decode(event);
				call(() -> this.target.deliver(decoded));
				record.completed(event);
				reached();
			}
			catch (UndecodableEventException ex) {
				record.failed(event, ex);
			}
			catch (Throwable ex) {
				if (isStopped(ex)) {
					record.endEarly();
					return;
				}
				record.failed(event, ex);
				failed(event, ex);
			}
			finally {
				Interrupts.forgetUnless(this.stopping);
			}
		}

		List<Runnable> whole(Chunk chunk) {
			List<DecodedEvent> decoded = new ArrayList<>();
			for (StoredEvent event : chunk.record().deliverable(chunk.lane().isAlone())) {
				try {
					decoded.add(this.target.decode(event));
				}
				catch (UndecodableEventException ex) {
					chunk.record().failed(event, ex);
				}
			}
			return decoded.isEmpty() ? List.of() : List.of(() -> deliverAll(chunk, decoded));
		}

		private void deliverAll(Chunk chunk, List<DecodedEvent> decoded) {
			StoredEvent first = decoded.get(0).stored();
			try {
				call(() -> this.target.deliverAll(decoded));
				decoded.forEach((event) -> chunk.record().completed(event.stored()));
				reached();
			}
			catch (Throwable ex) {
				boolean stopped = isStopped(ex);
				if (decoded.size() == 1 && !stopped) {
					chunk.record().failed(first, ex);
				}
				else {
					// Which of them is to blame shows when they come one by one.
					chunk.lane().isolateNext(decoded.size());
					chunk.record().endEarly();
				}
				if (!stopped) {
					failed(first, ex);
				}
			}
			finally {
				Interrupts.forgetUnless(this.stopping);
			}
		}

		private void call(ChunkTransactions.Action call) throws Exception {
			ExternalCalls.this.watch.call(this.target.settings().failures().timeout(), call, () -> {
			});
		}

		private boolean isStopped(Throwable failure) {
			return failure instanceof InterruptedException && this.stopping.getAsBoolean();
		}

		private void reached() {
			if (this.circuit.reached()) {
				ExternalCalls.this.observer.resumed(this.target.consumer());
			}
		}

		private void failed(StoredEvent event, Throwable cause) {
			if (!DestinationTrouble.isCauseOf(cause)) {
				reached();
			}
			else if (this.circuit.missed(event, cause)) {
				ExternalCalls.this.observer.paused(this.target.consumer(), cause);
			}
		}

	}

}
