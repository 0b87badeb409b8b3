package io.pyxbox.store;

import java.time.Duration;

/**
 * A delivery that failed and will be tried again.
 *
 * @param event the event
 * @param nextAttemptIn how long it waits, from now on by the clock of the database
 * @param error what went wrong, in one line
 */
public record FailedDelivery(StoredEvent event, Duration nextAttemptIn, String error) {
}
