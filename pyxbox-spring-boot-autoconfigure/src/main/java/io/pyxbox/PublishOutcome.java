package io.pyxbox;

/**
 * What became of an event that a publisher was to pass on.
 */
public sealed interface PublishOutcome {

	/**
	 * The destination has the event and has confirmed it: the event is complete.
	 * @return the outcome
	 */
	static PublishOutcome acked() {
		return Acked.INSTANCE;
	}

	/**
	 * It did not work this time. The event is tried again as {@code pyxbox.retry.*} says,
	 * and its key waits for it; after the last attempt it becomes a dead letter, and its
	 * key goes on or waits, as {@link OnExhaustion} says.
	 * @param cause what went wrong
	 * @return the outcome
	 */
	static PublishOutcome failed(Throwable cause) {
		return new Failed(cause);
	}

	/**
	 * It can never work: the event becomes a dead letter at once, whatever attempts are
	 * left. Its key goes on, or waits until somebody acts, as {@link OnExhaustion} says.
	 * @param cause what is wrong with the event
	 * @return the outcome
	 */
	static PublishOutcome rejected(Throwable cause) {
		return new Rejected(cause);
	}

	/**
	 * The destination cannot be reached, or cannot work at the moment, whatever the
	 * event. The publisher is paused, no attempt is counted, and the event is passed on
	 * when the destination is back. If others of the same call are acked, the publisher
	 * is not paused: the event and its key wait, without an attempt being counted.
	 * @param cause what went wrong
	 * @return the outcome
	 */
	static PublishOutcome destinationDown(Throwable cause) {
		return new DestinationDown(cause);
	}

	/**
	 * The event was not tried: for example because an earlier one of its key has failed.
	 * No attempt is counted, and the event is passed on soon.
	 * @return the outcome
	 */
	static PublishOutcome notSent() {
		return NotSent.INSTANCE;
	}

	/**
	 * The destination has the event.
	 */
	record Acked() implements PublishOutcome {

		private static final Acked INSTANCE = new Acked();

	}

	/**
	 * It did not work this time.
	 *
	 * @param cause what went wrong
	 */
	record Failed(Throwable cause) implements PublishOutcome {
	}

	/**
	 * It can never work.
	 *
	 * @param cause what is wrong with the event
	 */
	record Rejected(Throwable cause) implements PublishOutcome {
	}

	/**
	 * The destination is down.
	 *
	 * @param cause what went wrong
	 */
	record DestinationDown(Throwable cause) implements PublishOutcome {
	}

	/**
	 * The event was not tried.
	 */
	record NotSent() implements PublishOutcome {

		private static final NotSent INSTANCE = new NotSent();

	}

}
