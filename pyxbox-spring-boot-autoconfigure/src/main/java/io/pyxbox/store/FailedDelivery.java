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
 */
public record FailedDelivery(StoredEvent event, @Nullable Duration nextAttemptIn, boolean crashed, String error) {

	@Nullable Long delayInMillis() {
		return (this.nextAttemptIn != null) ? this.nextAttemptIn.toMillis() : null;
	}

	int crashes() {
		return this.event.crashes() + (this.crashed ? 1 : 0);
	}

}
