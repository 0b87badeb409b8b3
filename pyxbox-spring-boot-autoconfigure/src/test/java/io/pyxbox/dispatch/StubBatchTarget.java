package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeliveryIsolation;
import io.pyxbox.OnExhaustion;
import io.pyxbox.PublishOutcome;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Lane;
import io.pyxbox.store.StoredEvent;
import io.pyxbox.store.Subscription;

/**
 * A consumer that takes batches and says of each event what it was told to, by the
 * event's id; of all others that they are acked.
 */
final class StubBatchTarget implements BatchTarget {

	private static final EventTable TABLE = new EventTable("public", "events");

	private final StubTarget like = StubTarget.named("kafka");

	private final CircuitBreaker circuit = new CircuitBreaker(StubTarget.CIRCUIT);

	/** What to say of events. */
	final Map<Long, PublishOutcome> outcomes = new TreeMap<>();

	/** Those that make a call fail that they are part of. */
	final Map<Long, Exception> exceptions = new TreeMap<>();

	/** Those that go elsewhere. */
	final Set<Long> unconcerned = new HashSet<>();

	/** Those that cannot be decoded. */
	final Map<Long, RuntimeException> undecodable = new TreeMap<>();

	/** How large events are once they are decoded. */
	final Map<Long, Integer> sizes = new TreeMap<>();

	/** The ids of each call. */
	final List<List<Long>> calls = new ArrayList<>();

	CircuitBreaker circuit() {
		return this.circuit;
	}

	LaneState lane(int bucket) {
		LaneState lane = new LaneState(Lane.of(TABLE, consumer(), bucket), this, new BatchSize(500), this.circuit);
		lane.survived();
		return lane;
	}

	@Override
	public ConsumerId consumer() {
		return this.like.consumer();
	}

	@Override
	public Subscription subscription() {
		return this.like.subscription();
	}

	@Override
	public DeliverySettings settings() {
		return new DeliverySettings(false, DeliveryIsolation.EVENT, false, Integer.MAX_VALUE, 500,
				new FailurePolicy(StubTarget.RETRY, OnExhaustion.DEAD_LETTER, null, true));
	}

	@Override
	public DecodedEvent decode(StoredEvent event) {
		if (this.undecodable.containsKey(event.id())) {
			throw this.undecodable.get(event.id());
		}
		DecodedEvent decoded = this.like.decode(event);
		return new DecodedEvent(event, decoded.content(), decoded.metadata(),
				this.sizes.getOrDefault(event.id(), decoded.size()));
	}

	@Override
	public boolean concerns(DecodedEvent event) {
		return !this.unconcerned.contains(event.stored().id());
	}

	@Override
	public List<PublishOutcome> deliverBatch(List<DecodedEvent> batch) throws Exception {
		List<Long> ids = batch.stream().map((event) -> event.stored().id()).toList();
		this.calls.add(ids);
		for (Long id : ids) {
			if (this.exceptions.containsKey(id)) {
				throw this.exceptions.get(id);
			}
		}
		return ids.stream().map((id) -> this.outcomes.getOrDefault(id, PublishOutcome.acked())).toList();
	}

}
