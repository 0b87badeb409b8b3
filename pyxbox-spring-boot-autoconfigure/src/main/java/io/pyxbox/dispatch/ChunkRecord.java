package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

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

	private final List<StoredEvent> completed = new ArrayList<>();

	private final List<Failure> failures = new ArrayList<>();

	private final List<Failure> deaths = new ArrayList<>();

	private final Set<String> heldKeys = new HashSet<>();

	private boolean endedEarly;

	ChunkRecord(DeliveryTarget target, Claim claim) {
		this.target = target;
		this.claim = claim;
	}

	Claim claim() {
		return this.claim;
	}

	synchronized void completed(StoredEvent event) {
		this.completed.add(event);
	}

	/**
	 * Records a failure. Either the event is tried again later and holds back its key
	 * until then, or it is given up and its key goes on.
	 */
	synchronized void failed(StoredEvent event, Throwable cause) {
		RetryPolicy retry = this.target.settings().retry();
		if (cause instanceof UndecodableEventException || retry.isExhausted(event.attempt())) {
			this.deaths.add(new Failure(event, cause, Duration.ZERO));
			return;
		}
		this.failures.add(new Failure(event, cause, retry.intervalAfter(event.attempt())));
		if (event.partitionKey() != null) {
			this.heldKeys.add(event.partitionKey());
		}
	}

	synchronized boolean isHeld(StoredEvent event) {
		return event.partitionKey() != null && this.heldKeys.contains(event.partitionKey());
	}

	/** Some events were not tried although nothing holds them back. */
	synchronized void endEarly() {
		this.endedEarly = true;
	}

	synchronized int handled() {
		return this.completed.size() + this.failures.size() + this.deaths.size();
	}

	synchronized Settlement settlement() {
		return new Settlement(this.completed, this.failures.stream().map(Failure::toFailedDelivery).toList(),
				this.deaths.stream().map(Failure::toDeadDelivery).toList());
	}

	/**
	 * The lowest id that can still be live in the lane.
	 * @param readFrom where the claim began to read
	 * @param settled what was settled before the claim read
	 */
	synchronized long lowestOpenId(long readFrom, long settled) {
		if (this.claim.nextAttemptIn() != null) {
			// Whatever has the key of a waiting event was left out, also what lies before
			// it.
			return readFrom;
		}
		Set<Long> gone = new HashSet<>();
		this.completed.forEach((event) -> gone.add(event.id()));
		this.deaths.forEach((death) -> gone.add(death.event().id()));
		List<StoredEvent> events = this.claim.events();
		for (StoredEvent event : events) {
			if (!gone.contains(event.id())) {
				return Math.min(settled + 1, event.id());
			}
		}
		return this.claim.full() ? Math.min(settled + 1, events.get(events.size() - 1).id() + 1) : settled + 1;
	}

	/** When the lane is to run again, once the claim is settled. */
	synchronized LaneOutcome outcome() {
		if (this.claim.full() || this.endedEarly) {
			return new LaneOutcome.More();
		}
		Duration next = this.claim.nextAttemptIn();
		for (Failure failure : this.failures) {
			next = earlier(next, failure.nextAttemptIn());
		}
		return new LaneOutcome.Drained(handled(), next);
	}

	/** What is committed is committed, whatever the observer does. */
	synchronized void tell(DeliveryObserver observer) {
		try {
			this.failures.forEach((failure) -> observer.willRetry(this.target.consumer(), failure.event(),
					failure.nextAttemptIn(), failure.cause()));
			this.deaths.forEach((death) -> observer.gaveUp(this.target.consumer(), death.event(), death.cause()));
		}
		catch (RuntimeException ex) {
			logger.warn("An observer of deliveries failed", ex);
		}
	}

	private static Duration earlier(@Nullable Duration one, Duration other) {
		return (one == null || other.compareTo(one) < 0) ? other : one;
	}

	private record Failure(StoredEvent event, Throwable cause, Duration nextAttemptIn) {

		FailedDelivery toFailedDelivery() {
			return new FailedDelivery(this.event, this.nextAttemptIn, ErrorText.line(this.cause));
		}

		DeadDelivery toDeadDelivery() {
			return new DeadDelivery(this.event, this.cause.getClass().getName(), ErrorText.message(this.cause),
					ErrorText.stackTrace(this.cause));
		}

	}

}
