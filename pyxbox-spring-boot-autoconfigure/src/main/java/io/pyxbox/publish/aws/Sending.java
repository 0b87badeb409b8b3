package io.pyxbox.publish.aws;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way.
 *
 * @param <R> what the service takes
 */
final class Sending<R> {

	private final OutgoingEvent event;

	private @Nullable R record;

	private long size;

	private boolean alone;

	private int refusals;

	private @Nullable Throwable throttled;

	private @Nullable Throwable exhausted;

	private PublishOutcome outcome = PublishOutcome.notSent();

	Sending(OutgoingEvent event) {
		this.event = event;
	}

	String destination() {
		return this.event.destination();
	}

	@Nullable String key() {
		return this.event.metadata().partitionKey();
	}

	/** The record; made when it is needed, as it may be large. */
	R record(RecordService<R> service) {
		R made = this.record;
		if (made == null) {
			made = service.recordOf(this.event);
			this.size = service.sizeOf(made);
			this.alone = this.size > service.limits().bytesOfOne();
			this.record = made;
		}
		return made;
	}

	long size() {
		return this.size;
	}

	/** Whether no other record goes with it. */
	boolean isAlone() {
		return this.alone;
	}

	void goAlone() {
		this.alone = true;
	}

	/** Counts how often it was not taken this time. */
	int refused() {
		return ++this.refusals;
	}

	boolean wasRefused() {
		return this.refusals > 0;
	}

	void throttled(Throwable cause) {
		this.throttled = cause;
	}

	/** The service had trouble with it each time. */
	void exhausted(Throwable cause) {
		this.exhausted = cause;
	}

	void settle(PublishOutcome known) {
		this.outcome = known;
		this.throttled = null;
		this.record = null;
	}

	/**
	 * What became of it.
	 * @param reached whether the service has taken anything
	 * @param ofOne whether it has refused nothing else
	 */
	PublishOutcome outcome(boolean reached, boolean ofOne) {
		Throwable outage = (this.exhausted != null && !ofOne) ? this.exhausted : this.throttled;
		return (outage != null && !reached) ? PublishOutcome.destinationDown(outage) : this.outcome;
	}

}
