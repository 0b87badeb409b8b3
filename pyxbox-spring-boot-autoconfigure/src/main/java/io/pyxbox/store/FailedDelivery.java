package io.pyxbox.store;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A delivery that failed and will be tried again.
 *
 * @param event the event
 * @param nextAttemptIn how long it waits, from now on by the clock of the database;
 * {@code null} if it is blocked until somebody acts
 * @param crashed whether it ended with the process
 * @param error what went wrong, in one line
 * @param longestWait set if it is nobody's fault: then no attempt is counted, and it
 * waits as long as it has been failing, but not less than {@code nextAttemptIn} and not
 * longer than this
 */
public record FailedDelivery(StoredEvent event, @Nullable Duration nextAttemptIn, boolean crashed, String error,
		@Nullable Duration longestWait) {

	/**
	 * Creates a delivery whose attempt counts.
	 * @param event the event
	 * @param nextAttemptIn how long it waits
	 * @param crashed whether it ended with the process
	 * @param error what went wrong
	 */
	public FailedDelivery(StoredEvent event, @Nullable Duration nextAttemptIn, boolean crashed, String error) {
		this(event, nextAttemptIn, crashed, error, null);
	}

	int attempts() {
		return (this.longestWait != null) ? this.event.failedAttempts() : this.event.attempt();
	}

	@Nullable Long longestWaitInMillis() {
		return (this.longestWait != null) ? this.longestWait.toMillis() : null;
	}

	@Nullable Long delayInMillis() {
		return (this.nextAttemptIn != null) ? this.nextAttemptIn.toMillis() : null;
	}

	int crashes() {
		return this.event.crashes() + (this.crashed ? 1 : 0);
	}

}
