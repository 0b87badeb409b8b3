package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.pyxbox.store.StoredEvent;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * Calls of one consumer that are made together, and what they tell of its destination.
 * Thread-safe.
 */
final class ExternalRound {

	private static final Log logger = LogFactory.getLog(ExternalRound.class);

	/** No call is begun after this; what is left is claimed again. */
	static final Duration MAX_DURATION = Duration.ofSeconds(5);

	private final LaneState lane;

	private final boolean probing;

	private final BooleanSupplier stopping;

	private final CallWatch watch;

	private final DeliveryObserver observer;

	private final long deadline = System.nanoTime() + MAX_DURATION.toNanos();

	/**
	 * Begins a round.
	 * @param lane a lane of the consumer
	 * @param probing whether it is to find out if the destination is back
	 * @param stopping tells whether to come to an end
	 * @param watch ends calls that take too long
	 * @param observer is told of pauses
	 */
	ExternalRound(LaneState lane, boolean probing, BooleanSupplier stopping, CallWatch watch,
			DeliveryObserver observer) {
		this.lane = lane;
		this.probing = probing;
		this.stopping = stopping;
		this.watch = watch;
		this.observer = observer;
	}

	boolean isTimeToEnd() {
		return this.stopping.getAsBoolean() || System.nanoTime() - this.deadline > 0
				|| (!this.probing && !this.lane.circuit().isClosed());
	}

	void call(ChunkTransactions.Action call) throws Exception {
		this.watch.call(this.lane.target().settings().failures().timeout(), call, () -> {
		});
	}

	/** A call has ended; an interrupt that it has left behind is nobody else's. */
	void ended() {
		Interrupts.forgetUnless(this.stopping);
	}

	boolean isStopped(Throwable failure) {
		return failure instanceof InterruptedException && this.stopping.getAsBoolean();
	}

	void reached() {
		if (this.lane.circuit().reached()) {
			tell((observer) -> observer.resumed(this.lane.target().consumer()));
		}
	}

	void failed(StoredEvent event, Throwable cause) {
		if (!DestinationTrouble.isCauseOf(cause)) {
			reached();
		}
		else if (this.lane.circuit().missed(event, cause)) {
			tell((observer) -> observer.paused(this.lane.target().consumer(), cause));
		}
	}

	/** What happened has happened, whatever the observer does. */
	private void tell(Consumer<DeliveryObserver> news) {
		try {
			news.accept(this.observer);
		}
		catch (RuntimeException ex) {
			logger.warn("An observer of deliveries failed", ex);
		}
	}

}
