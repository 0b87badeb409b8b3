package io.pyxbox.store;

import java.util.Map;
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
 * @param knownVersions the highest version of each type that can be delivered here; any
 * of the types that are not among them
 * @param waiting keys that were seen to have an event of a higher version, and the id of
 * the first one, from which on they are left alone
 */
public record PullRequest(ConsumerId consumer, Subscription subscription, long[] fromIds, PulledBefore before,
		Set<Long> passedOver, int limit, int depth, boolean first, Map<String, Integer> knownVersions,
		Map<Long, Long> waiting) {

	public PullRequest {
		passedOver = Set.copyOf(passedOver);
		knownVersions = Map.copyOf(knownVersions);
		waiting = Map.copyOf(waiting);
	}

	/**
	 * Creates a request for events of whatever version.
	 * @param consumer for which consumer
	 * @param subscription which events
	 * @param fromIds for each bucket an id below which there is none of them
	 * @param before what the same transaction has pulled before
	 * @param passedOver keys that were found locked before
	 * @param limit how many at most
	 * @param depth how many events of each bucket are looked at, at most
	 * @param first whether this is the first statement of a transaction
	 */
	public PullRequest(ConsumerId consumer, Subscription subscription, long[] fromIds, PulledBefore before,
			Set<Long> passedOver, int limit, int depth, boolean first) {
		this(consumer, subscription, fromIds, before, passedOver, limit, depth, first, Map.of(), Map.of());
	}

}
