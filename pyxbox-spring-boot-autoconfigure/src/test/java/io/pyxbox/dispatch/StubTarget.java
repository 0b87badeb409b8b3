package io.pyxbox.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeliveryIsolation;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OnExhaustion;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Lane;
import io.pyxbox.store.StoredEvent;
import io.pyxbox.store.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * A consumer that takes everything of type {@code T} and does nothing with it.
 */
record StubTarget(ConsumerId consumer, DeliverySettings settings) implements DeliveryTarget {

	static final RetryPolicy RETRY = new RetryPolicy(3, Duration.ofMillis(100), 2, Duration.ofSeconds(10), 0, Set.of());

	static final CircuitSettings CIRCUIT = new CircuitSettings(5, Duration.ofSeconds(1), Duration.ofSeconds(30));

	private static final EventTable TABLE = new EventTable("public", "events");

	static StubTarget named(String name) {
		return limited(name, Integer.MAX_VALUE, 1);
	}

	static StubTarget limited(String name, int lanes, int calls) {
		return new StubTarget(new ConsumerId(name), new DeliverySettings(true, DeliveryIsolation.EVENT, false, lanes,
				calls, new FailurePolicy(RETRY, OnExhaustion.DEAD_LETTER, null, true)));
	}

	StubTarget blocking() {
		return new StubTarget(this.consumer, new DeliverySettings(true, DeliveryIsolation.EVENT, false, 1, 1,
				new FailurePolicy(RETRY, OnExhaustion.BLOCK, null, true)));
	}

	LaneState lane(int bucket) {
		LaneState lane = new LaneState(Lane.of(TABLE, this.consumer, bucket), this, new BatchSize(500),
				new CircuitBreaker(CIRCUIT));
		lane.survived();
		return lane;
	}

	/** An event that nothing is on record of. */
	static StoredEvent event(long id, @Nullable String key) {
		return new StoredEvent(id, new EventId(new UUID(0, id)), "T", null, key, new byte[] { '{', '}' }, null,
				Instant.EPOCH, false, null);
	}

	static StoredEvent event(long id, @Nullable String key, int failedAttempts) {
		return new StoredEvent(id, new EventId(new UUID(0, id)), "T", null, key, new byte[] { '{', '}' }, null,
				Instant.EPOCH, false, new StoredEvent.Failures(failedAttempts, 0));
	}

	static StoredEvent crashed(long id, @Nullable String key) {
		return new StoredEvent(id, new EventId(new UUID(0, id)), "T", null, key, new byte[] { '{', '}' }, null,
				Instant.EPOCH, false, new StoredEvent.Failures(1, 1));
	}

	@Override
	public Subscription subscription() {
		return new Subscription(Set.of("T"), Set.of());
	}

	@Override
	public DecodedEvent decode(StoredEvent event) {
		return new DecodedEvent(event, "content", new EventMetadata(event.eventId(), event.type(), event.topic(),
				event.partitionKey(), Map.of(), event.createdAt(), event.attempt(), this.consumer));
	}

	@Override
	public void deliver(DecodedEvent event) {
		// Nothing to do.
	}

	@Override
	public void deliverAll(List<DecodedEvent> chunk) {
		// Nothing to do.
	}

}
