package io.pyxbox.store;

import org.jspecify.annotations.Nullable;

/**
 * A delivery that is given up.
 *
 * @param event the event
 * @param errorClass the class of the exception
 * @param errorMessage its message, if it has one
 * @param stackTrace its stack trace
 */
public record DeadDelivery(StoredEvent event, String errorClass, @Nullable String errorMessage, String stackTrace) {
}
