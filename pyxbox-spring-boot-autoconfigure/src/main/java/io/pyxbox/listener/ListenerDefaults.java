package io.pyxbox.listener;

import io.pyxbox.dispatch.RetryPolicy;

/**
 * What applies to listeners that do not say otherwise.
 *
 * @param retry when a failed delivery is tried again
 * @param calls how many calls of a listener that is not transactional are made at the
 * same time
 */
public record ListenerDefaults(RetryPolicy retry, int calls) {
}
