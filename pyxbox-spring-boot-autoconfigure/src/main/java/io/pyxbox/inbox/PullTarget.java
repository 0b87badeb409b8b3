package io.pyxbox.inbox;

import java.util.List;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventMetadata;
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
 */
record PullTarget(ConsumerId consumer, Subscription subscription, DeliverySettings settings, EventTypes types,
		EventCodec codec) implements DeliveryTarget {

	@Override
	public DecodedEvent decode(StoredEvent event) {
		EventType type = this.types.find(event.type());
		if (type == null) {
			throw new UndecodableEventException("The type '" + event.type() + "' is not registered", null);
		}
		try {
			Object content = this.codec.decode(event.payload(), type);
			return new DecodedEvent(event, content,
					new EventMetadata(event.eventId(), event.type(), event.topic(), event.partitionKey(),
							this.codec.decodeHeaders(event.headers()), event.createdAt(), event.attempt(),
							this.consumer));
		}
		catch (RuntimeException | LinkageError | AssertionError | StackOverflowError ex) {
			throw new UndecodableEventException(
					"The stored event cannot be read as " + type.javaType().getName() + ": " + ex.getMessage(), ex);
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
