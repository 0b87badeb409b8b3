package io.pyxbox.publish;

import java.util.List;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventMetadata;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PayloadCodecException;
import io.pyxbox.PublishOutcome;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.dispatch.BatchTarget;
import io.pyxbox.dispatch.DecodedEvent;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.dispatch.UndecodableEventException;
import io.pyxbox.store.StoredEvent;
import io.pyxbox.store.Subscription;

/**
 * A publisher as a consumer. Payloads are passed on as the JSON that they are, so the
 * types may be unknown here.
 */
final class PublisherTarget implements BatchTarget {

	/** In place of an {@link OutgoingEvent} where the event goes elsewhere. */
	private static final Object NOTHING = "nothing";

	private final ConsumerId consumer;

	private final EventPublisher publisher;

	private final Routing routing;

	private final EventCodec codec;

	private final DeliverySettings settings;

	private final Subscription subscription;

	PublisherTarget(String name, EventPublisher publisher, Routing routing, EventCodec codec,
			DeliverySettings settings) {
		this.consumer = new ConsumerId(name);
		this.publisher = publisher;
		this.routing = routing;
		this.codec = codec;
		this.settings = settings;
		this.subscription = routing.subscriptionOf(name);
	}

	@Override
	public ConsumerId consumer() {
		return this.consumer;
	}

	@Override
	public Subscription subscription() {
		return this.subscription;
	}

	@Override
	public DeliverySettings settings() {
		return this.settings;
	}

	@Override
	public DecodedEvent decode(StoredEvent event) {
		EventMetadata metadata = metadataOf(event);
		String destination = this.routing.destinationOf(metadata, this.consumer.value());
		if (destination == null) {
			return new DecodedEvent(event, NOTHING, metadata);
		}
		byte[] json = json(event);
		return new DecodedEvent(event, new OutgoingEvent(metadata, destination, json), metadata, json.length);
	}

	private byte[] json(StoredEvent event) {
		try {
			return this.codec.payloads().decode(event.payload(), event.codec(), event.eventId(), event.type());
		}
		catch (PayloadCodecException ex) {
			throw UndecodableEventException.forNow(ex);
		}
	}

	private EventMetadata metadataOf(StoredEvent event) {
		try {
			return new EventMetadata(event.eventId(), event.type(), event.topic(), event.partitionKey(),
					this.codec.decodeHeaders(event.headers()), event.createdAt(), event.attempt(), this.consumer,
					event.version());
		}
		catch (RuntimeException ex) {
			throw new UndecodableEventException("The stored headers cannot be read: " + ex.getMessage(), ex);
		}
	}

	@Override
	public boolean concerns(DecodedEvent event) {
		return event.content() instanceof OutgoingEvent;
	}

	@Override
	public List<PublishOutcome> deliverBatch(List<DecodedEvent> batch) throws Exception {
		return this.publisher
			.publish(batch.stream().map((event) -> OutgoingEvent.class.cast(event.content())).toList());
	}

}
