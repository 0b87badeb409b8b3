package io.pyxbox.listener;

import java.time.Duration;

import io.pyxbox.dispatch.RetryPolicy;

/**
 * What applies to listeners that do not say otherwise.
 *
 * @param retry when a failed delivery is tried again
 * @param timeout how long a call of a listener that is not transactional may take; zero
 * for as long as it likes
 * @param calls how many calls of a listener that is not transactional are made at the
 * same time
 */
public record ListenerDefaults(RetryPolicy retry, Duration timeout, int calls) {
}
