package io.pyxbox.inbox;

import java.util.List;
import java.util.Map;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventMetadata;
import io.pyxbox.PayloadCodecException;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.codec.EventType;
import io.pyxbox.codec.EventTypes;
import io.pyxbox.dispatch.DecodedEvent;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.dispatch.DeliveryTarget;
import io.pyxbox.dispatch.UndecodableEventException;
import io.pyxbox.store.StoredEvent;
import io.pyxbox.store.Subscription;

/**
 * A consumer that pulls, as the engine sees it.
 *
 * @param consumer its name
 * @param subscription what it takes
 * @param settings what follows when it fails
 * @param types knows the classes of events
 * @param codec reads events
 * @param knownVersions up to which version it can read them
 */
record PullTarget(ConsumerId consumer, Subscription subscription, DeliverySettings settings, EventTypes types,
		EventCodec codec, Map<String, Integer> knownVersions) implements DeliveryTarget {

	@Override
	public DecodedEvent decode(StoredEvent event) {
		EventType type = this.types.find(event.type());
		if (type == null) {
			throw new UndecodableEventException("The type '" + event.type() + "' is not registered", null);
		}
		byte[] json = json(event);
		try {
			Object content = this.codec.decode(json, this.types, event.type(), event.version());
			return new DecodedEvent(event, content,
					new EventMetadata(event.eventId(), event.type(), event.topic(), event.partitionKey(),
							this.codec.decodeHeaders(event.headers()), event.createdAt(), event.attempt(),
							this.consumer, event.version()),
					json.length);
		}
		catch (RuntimeException | LinkageError | AssertionError | StackOverflowError ex) {
			String what = "The stored event cannot be read as " + type.javaType().getName();
			throw this.codec.payloads().isConfidential(event.codec())
					? UndecodableEventException.withoutContent(what, ex)
					: new UndecodableEventException(what + ": " + ex.getMessage(), ex);
		}
	}

	private byte[] json(StoredEvent event) {
		try {
			return this.codec.payloads().decode(event.payload(), event.codec(), event.eventId(), event.type());
		}
		catch (PayloadCodecException ex) {
			throw UndecodableEventException.forNow(ex);
		}
	}

	@Override
	public void deliver(DecodedEvent event) {
		throw new UnsupportedOperationException("Whoever pulls is not called");
	}

	@Override
	public void deliverAll(List<DecodedEvent> chunk) {
		throw new UnsupportedOperationException("Whoever pulls is not called");
	}

}
