package io.pyxbox.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;

/**
 * The contract can be kept, and without a broker.
 */
class InMemoryPublisherTests extends EventPublisherContract {

	private static final int LIMIT = 1024 * 1024;

	private final Map<String, List<Received>> destinations = new ConcurrentHashMap<>();

	private final AtomicInteger names = new AtomicInteger();

	private volatile boolean down;

	@Override
	protected EventPublisher publisher() {
		return (events) -> {
			List<PublishOutcome> outcomes = new ArrayList<>();
			for (OutgoingEvent event : events) {
				outcomes.add(publish(event));
			}
			return outcomes;
		};
	}

	private PublishOutcome publish(OutgoingEvent event) {
		if (this.down) {
			return PublishOutcome.destinationDown(new IllegalStateException("gone"));
		}
		if (event.payload().length > LIMIT) {
			return PublishOutcome.rejected(new IllegalArgumentException("too large"));
		}
		this.destinations.computeIfAbsent(event.destination(), (absent) -> new CopyOnWriteArrayList<>())
			.add(new Received(event.metadata().id().toString(), event.metadata().partitionKey(), event.text(),
					Map.of()));
		return PublishOutcome.acked();
	}

	@Override
	protected String emptyDestination() {
		return "destination-" + this.names.incrementAndGet();
	}

	@Override
	protected List<Received> receivedBy(String destination) {
		return this.destinations.getOrDefault(destination, List.of());
	}

	@Override
	protected void takeDown() {
		this.down = true;
	}

	@Override
	protected void bringBack() {
		this.down = false;
	}

}
