package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.OnExhaustion;
import io.pyxbox.store.Claim;
import io.pyxbox.store.DeadDelivery;
import io.pyxbox.store.FailedDelivery;
import io.pyxbox.store.Settlement;
import io.pyxbox.store.StoredEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The record of one claim: what was delivered, what failed, which keys are held back; and
 * from these, how it is settled and where the lane goes on. Thread-safe.
 */
final class ChunkRecord {

	private static final Log logger = LogFactory.getLog(ChunkRecord.class);

	private final DeliveryTarget target;

	private final Claim claim;

	private final Set<Long> completed = new HashSet<>();

	private final List<Failure> failures = new ArrayList<>();

	/** Keys of events that were left untried, and null for those that have none. */
	private final Set<@Nullable String> left = new HashSet<>();

	private boolean endedEarly;

	private long suspect;

	ChunkRecord(DeliveryTarget target, Claim claim) {
		this.target = target;
		this.claim = claim;
	}

	Claim claim() {
		return this.claim;
	}

	/**
	 * Returns the events to deliver now. One that a process has died of is left for
	 * later: it is to be delivered alone. (Its followers are not among them.)
	 * @param alone whether this claim is for one event only
	 */
	synchronized List<StoredEvent> deliverable(boolean alone) {
		if (alone) {
			return this.claim.events();
		}
		List<StoredEvent> deliverable = new ArrayList<>(this.claim.events());
		if (deliverable.removeIf((event) -> event.crashes() > 0)) {
			this.claim.events().forEach((event) -> this.suspect = Math.max(this.suspect, suspectId(event)));
			this.endedEarly = true;
		}
		return deliverable;
	}

	private static long suspectId(StoredEvent event) {
		return (event.crashes() > 0) ? event.id() : 0;
	}

	/** The last of the events that are to be delivered alone, or 0. */
	synchronized long suspect() {
		return this.suspect;
	}

	synchronized void completed(StoredEvent event) {
		this.completed.add(event.id());
	}

	/**
	 * Records a failure. Either the event is tried again later and holds back its key
	 * until then, or it is given up, and its key goes on or is blocked.
	 */
	synchronized void failed(StoredEvent event, Throwable cause) {
		failed(event, cause, cause instanceof UndecodableEventException
				|| this.target.settings().failures().retry().isLast(event.attempt(), cause));
	}

	/** Records a failure that no further attempt can mend. */
	synchronized void rejected(StoredEvent event, Throwable cause) {
		failed(event, cause, true);
	}

	private void failed(StoredEvent event, Throwable cause, boolean last) {
		FailurePolicy policy = this.target.settings().failures();
		Fate fate = !last ? Fate.TRY_AGAIN : (policy.onExhaustion() == OnExhaustion.BLOCK) ? Fate.BLOCK : Fate.GIVE_UP;
		Duration wait = last ? null : policy.retry().intervalAfter(event.attempt());
		this.failures.add(new Failure(event, cause, fate, wait, null));
	}

	/**
	 * An event has not got through where others have: it holds back its key and waits,
	 * the longer the longer that lasts, but no attempt is counted.
	 */
	synchronized void postponed(StoredEvent event, Throwable cause) {
		RetryPolicy retry = this.target.settings().failures().retry();
		this.failures.add(new Failure(event, cause, Fate.TRY_AGAIN, retry.initialInterval(), retry.maxInterval()));
	}

	/** Whether something was waited for in vain: it says nothing of the rest. */
	synchronized boolean hasPostponed() {
		return this.failures.stream().anyMatch((failure) -> failure.longestWait() != null);
	}

	/**
	 * The destination is down: what could not reach it counts as not tried. But for what
	 * was given up and has been overtaken since: it must not come after its followers.
	 */
	synchronized void forgive() {
		if (this.failures
			.removeIf((failure) -> DestinationTrouble.isCauseOf(failure.cause()) && !isOvertaken(failure))) {
			this.endedEarly = true;
		}
	}

	private boolean isOvertaken(Failure failure) {
		String key = failure.event().partitionKey();
		return key != null && this.claim.events()
			.stream()
			.anyMatch((event) -> event.id() > failure.event().id() && key.equals(event.partitionKey())
					&& this.completed.contains(event.id()));
	}

	/** Leaves an event as it is, and with it all that comes after it in its key. */
	synchronized void leave(StoredEvent event) {
		this.left.add(event.partitionKey());
		this.endedEarly = true;
	}

	/** Whether an earlier event of the key has failed, or was left. */
	synchronized boolean mustWait(StoredEvent event) {
		return isHeld(event) || (event.partitionKey() != null && this.left.contains(event.partitionKey()));
	}

	synchronized boolean isHeld(StoredEvent event) {
		return event.partitionKey() != null && this.failures.stream().anyMatch((failure) -> failure.holdsBack(event));
	}

	/** Some events were not tried although nothing holds them back. */
	synchronized void endEarly() {
		this.endedEarly = true;
	}

	synchronized int handled() {
		return this.completed.size() + this.failures.size();
	}

	synchronized Settlement settlement() {
		return new Settlement(
				this.claim.events().stream().filter((event) -> this.completed.contains(event.id())).toList(),
				this.failures.stream().filter(Failure::stays).map(Failure::toFailedDelivery).toList(),
				this.failures.stream().filter(Failure::isLast).map(Failure::toDeadDelivery).toList());
	}

	/**
	 * Where the lane stands.
	 * <p>
	 * The hint passes what is settled, gone, or held back by a failing delivery. What is
	 * held back is found again when the delivery fails no more: from the id on that is
	 * kept for it, below which nothing of its key can be live.
	 * @param heldBefore what the claim was told of failing deliveries
	 * @param settled what was settled before the claim read
	 */
	synchronized LaneProgress progress(Map<Long, Long> heldBefore, long settled) {
		Map<Long, Long> held = new HashMap<>();
		// Not above where reading began: it may have gone back, and passes on again.
		this.claim.failing()
			.forEach(
					(id) -> held.put(id, Math.min(heldBefore.getOrDefault(id, Long.MAX_VALUE), this.claim.readFrom())));
		this.failures.stream()
			.filter(Failure::stays)
			.forEach((failure) -> held.putIfAbsent(failure.event().id(), Math.min(failure.event().id(), settled + 1)));
		long hint = Math.min(settled, this.claim.readTo()) + 1;
		for (StoredEvent event : this.claim.events()) {
			if (isGone(event)) {
				Long floor = held.remove(event.id());
				hint = (floor != null) ? Math.min(hint, floor) : hint;
			}
			else if (!held.containsKey(event.id()) && !isHeld(event)) {
				hint = Math.min(hint, event.id());
			}
		}
		return new LaneProgress(hint, held);
	}

	private boolean isGone(StoredEvent event) {
		return this.completed.contains(event.id())
				|| this.failures.stream().anyMatch((failure) -> failure.event().id() == event.id() && !failure.stays());
	}

	/** When the lane is to run again, once the claim is settled. */
	synchronized LaneOutcome outcome() {
		boolean released = this.claim.events()
			.stream()
			.anyMatch((event) -> isGone(event) && this.claim.failing().contains(event.id()));
		if (!this.left.isEmpty() && handled() == 0) {
			// Nothing moves: not at once again.
			return new LaneOutcome.Busy();
		}
		if (this.claim.full() || this.endedEarly || released) {
			return new LaneOutcome.More();
		}
		Duration next = this.claim.nextAttemptIn();
		for (Failure failure : this.failures) {
			if (failure.nextAttemptIn() != null) {
				next = earlier(next, failure.nextAttemptIn());
			}
		}
		return new LaneOutcome.Drained(handled(), next);
	}

	/** What is committed is committed, whatever the observer does. */
	synchronized void tell(DeliveryObserver observer) {
		try {
			this.failures.forEach((failure) -> failure.tell(this.target, observer));
		}
		catch (RuntimeException ex) {
			logger.warn("An observer of deliveries failed", ex);
		}
	}

	private static Duration earlier(@Nullable Duration one, Duration other) {
		return (one == null || other.compareTo(one) < 0) ? other : one;
	}

	private enum Fate {

		TRY_AGAIN, BLOCK, GIVE_UP

	}

	private record Failure(StoredEvent event, Throwable cause, Fate fate, @Nullable Duration nextAttemptIn,
			@Nullable Duration longestWait) {

		boolean stays() {
			return this.fate != Fate.GIVE_UP;
		}

		boolean isLast() {
			return this.fate != Fate.TRY_AGAIN;
		}

		boolean holdsBack(StoredEvent other) {
			return stays() && other.partitionKey() != null && other.partitionKey().equals(this.event.partitionKey());
		}

		FailedDelivery toFailedDelivery() {
			return new FailedDelivery(this.event, this.nextAttemptIn, this.cause instanceof ProcessDiedException,
					ErrorText.line(this.cause), this.longestWait);
		}

		DeadDelivery toDeadDelivery() {
			return new DeadDelivery(this.event, this.cause.getClass().getName(), ErrorText.message(this.cause),
					ErrorText.stackTrace(this.cause));
		}

		void tell(DeliveryTarget target, DeliveryObserver observer) {
			if (this.nextAttemptIn != null) {
				observer.willRetry(target.consumer(), this.event, this.nextAttemptIn, this.cause);
			}
			else {
				observer.gaveUp(target.consumer(), this.event, this.cause);
			}
		}

	}

}
