package io.pyxbox.store;

import java.util.Set;

import io.pyxbox.ConsumerId;

/**
 * What somebody wants to pull.
 *
 * @param consumer for which consumer
 * @param subscription which events
 * @param fromIds for each bucket an id below which there is none of them; not to be
 * changed
 * @param before what the same transaction has pulled before
 * @param passedOver keys that were found locked before
 * @param limit how many at most
 * @param depth how many events of each bucket are looked at, at most
 * @param first whether this is the first statement of a transaction that is for this only
 */
public record PullRequest(ConsumerId consumer, Subscription subscription, long[] fromIds, PulledBefore before,
		Set<Long> passedOver, int limit, int depth, boolean first) {

	public PullRequest {
		passedOver = Set.copyOf(passedOver);
	}

}
