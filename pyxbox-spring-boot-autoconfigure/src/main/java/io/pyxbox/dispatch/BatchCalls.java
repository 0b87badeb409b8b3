package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.pyxbox.DestinationUnavailableException;
import io.pyxbox.PublishOutcome;
import io.pyxbox.dispatch.ExternalCalls.Chunk;
import io.pyxbox.store.StoredEvent;
import org.jspecify.annotations.Nullable;

/**
 * Makes the calls of a consumer that takes batches: one for all that was claimed, of
 * however many lanes. Events come alone, one after the other, where it is to be found out
 * which of them makes the call fail. (Not where it is to be found out whether the
 * destination is back: each of them might be waited for in vain, and the next not be
 * tried any more.)
 * <p>
 * Each event is recorded by its own outcome, but for those of a key of which an earlier
 * one has not got through: they count as not sent, or they would be overtaken by it. A
 * destination that is down for some and has acked others is there: what it is silent
 * about waits, and nothing else does.
 */
final class BatchCalls {

	private final BatchTarget target;

	private final ExternalRound round;

	BatchCalls(BatchTarget target, ExternalRound round) {
		this.target = target;
		this.round = round;
	}

	/** The calls to make for what was claimed. */
	List<Runnable> of(List<Chunk> chunks) {
		List<Runnable> calls = new ArrayList<>();
		List<Item> together = new ArrayList<>();
		DecodingLimit limit = new DecodingLimit();
		for (Chunk chunk : chunks) {
			List<Item> items = itemsOf(chunk, limit);
			if (chunk.lane().isOneByOne()) {
				items.forEach((item) -> calls.add(() -> deliver(List.of(item))));
			}
			else {
				together.addAll(items);
			}
		}
		if (!together.isEmpty()) {
			calls.add(() -> deliver(together));
		}
		return calls;
	}

	private List<Item> itemsOf(Chunk chunk, DecodingLimit limit) {
		List<Item> items = new ArrayList<>();
		for (StoredEvent event : chunk.record().deliverable(chunk.lane().isAlone())) {
			if (chunk.record().isHeld(event)) {
				continue;
			}
			if (limit.excludes(event)) {
				chunk.record().endEarly();
				break;
			}
			try {
				DecodedEvent decoded = limit.add(this.target.decode(event));
				if (this.target.concerns(decoded)) {
					items.add(new Item(chunk, decoded));
				}
				else {
					chunk.record().completed(event);
				}
			}
			catch (RuntimeException | LinkageError | AssertionError | StackOverflowError ex) {
				chunk.record().failed(event, ex);
			}
		}
		return items;
	}

	private void deliver(List<Item> items) {
		List<Item> ready = items.stream().filter((item) -> !item.mustWait()).toList();
		if (ready.isEmpty()) {
			return;
		}
		if (this.round.isTimeToEnd()) {
			ready.forEach((item) -> item.record().endEarly());
			return;
		}
		try {
			List<PublishOutcome> outcomes = new ArrayList<>();
			this.round.call(() -> outcomes.addAll(outcomesOf(ready)));
			record(ready, outcomes);
		}
		catch (Throwable ex) {
			if (this.round.isStopped(ex)) {
				ready.forEach((item) -> item.record().endEarly());
			}
			else {
				failed(ready, ex);
			}
		}
		finally {
			this.round.ended();
		}
	}

	private List<PublishOutcome> outcomesOf(List<Item> items) throws Exception {
		List<PublishOutcome> outcomes = this.target.deliverBatch(items.stream().map(Item::decoded).toList());
		if (outcomes.size() != items.size() || outcomes.stream().anyMatch(Objects::isNull)) {
			throw new IllegalStateException("Consumer '" + this.target.consumer()
					+ "' must return an outcome for each of " + items.size() + " events, but returned " + outcomes);
		}
		return outcomes;
	}

	private void record(List<Item> items, List<PublishOutcome> outcomes) {
		boolean acked = outcomes.stream().anyMatch(PublishOutcome.Acked.class::isInstance);
		boolean reached = false;
		Map<StoredEvent, Throwable> missed = new LinkedHashMap<>();
		for (int i = 0; i < items.size(); i++) {
			Item item = items.get(i);
			Throwable trouble = troubleOf(outcomes.get(i));
			if (trouble != null && !item.wasPostponed()) {
				missed.put(item.event(), trouble);
			}
			else if (trouble == null) {
				reached |= !(outcomes.get(i) instanceof PublishOutcome.NotSent);
			}
			if (!item.mustWait()) {
				item.record(outcomes.get(i), acked || item.wasPostponed());
			}
			else if (isBlamed(outcomes.get(i)) && !item.isHeld()) {
				// Its turn would never come if it is why the earlier ones were not sent.
				isolate(items, item.chunk());
			}
		}
		conclude(reached, acked, missed);
	}

	private static boolean isBlamed(PublishOutcome outcome) {
		return outcome instanceof PublishOutcome.Rejected || outcome instanceof PublishOutcome.Failed;
	}

	private static void isolate(List<Item> items, Chunk chunk) {
		chunk.lane().isolateNext((int) items.stream().filter((item) -> item.chunk() == chunk).count());
		chunk.record().endEarly();
	}

	/**
	 * If some have been answered, the destination is there, unless the consumer says that
	 * it is not, and none was acked.
	 */
	private void conclude(boolean reached, boolean acked, Map<StoredEvent, Throwable> missed) {
		if (reached) {
			this.round.reached();
		}
		missed.forEach((event, cause) -> {
			if (!reached || (!acked && DestinationTrouble.isDeclaredBy(cause))) {
				this.round.failed(event, cause);
			}
		});
	}

	private static @Nullable Throwable troubleOf(PublishOutcome outcome) {
		if (outcome instanceof PublishOutcome.DestinationDown down) {
			return unavailable(down);
		}
		return (outcome instanceof PublishOutcome.Failed failed && DestinationTrouble.isCauseOf(failed.cause()))
				? failed.cause() : null;
	}

	private static Throwable unavailable(PublishOutcome.DestinationDown down) {
		return new DestinationUnavailableException("The destination is down: " + down.cause(), down.cause());
	}

	/** Nothing is known of any of them. */
	private void failed(List<Item> items, Throwable cause) {
		if (items.size() > 1 && !DestinationTrouble.isCauseOf(cause)) {
			// Which of them is to blame shows when they come one by one.
			items.stream().map(Item::chunk).distinct().forEach((chunk) -> isolate(items, chunk));
			this.round.reached();
			return;
		}
		for (Item item : items) {
			if (!item.mustWait()) {
				item.record().failed(item.event(), cause);
			}
			this.round.failed(item.event(), cause);
		}
	}

	/**
	 * An event and where it comes from.
	 *
	 * @param chunk the chunk that it was claimed with
	 * @param decoded the event
	 */
	private record Item(Chunk chunk, DecodedEvent decoded) {

		StoredEvent event() {
			return this.decoded.stored();
		}

		ChunkRecord record() {
			return this.chunk.record();
		}

		boolean mustWait() {
			return record().mustWait(event());
		}

		boolean isHeld() {
			return record().isHeld(event());
		}

		/**
		 * Whether it has waited in vain before, when others did not: that it does so
		 * again says nothing of the destination.
		 */
		boolean wasPostponed() {
			return event().failures() != null && event().failedAttempts() == 0 && event().crashes() == 0;
		}

		void record(PublishOutcome outcome, boolean ofItself) {
			if (outcome instanceof PublishOutcome.Acked) {
				record().completed(event());
			}
			else if (outcome instanceof PublishOutcome.Failed failed) {
				record().failed(event(), failed.cause());
			}
			else if (outcome instanceof PublishOutcome.Rejected rejected) {
				record().rejected(event(), rejected.cause());
			}
			else if (outcome instanceof PublishOutcome.DestinationDown down && ofItself) {
				record().postponed(event(), unavailable(down));
			}
			else {
				record().leave(event());
			}
		}

	}

}
