package io.pyxbox.listener;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

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
 * The listener methods of one consumer, which succeed or fail together.
 */
final class ListenerTarget implements DeliveryTarget {

	private final List<ListenerMethod> methods;

	private final EventTypes types;

	private final EventCodec codec;

	private final DeliveryScope scope;

	private final Subscription subscription;

	ListenerTarget(List<ListenerMethod> methods, EventTypes types, EventCodec codec, DeliveryScope scope) {
		this.methods = List.copyOf(methods);
		this.types = types;
		this.codec = codec;
		this.scope = scope;
		this.subscription = union(methods);
	}

	private static Subscription union(List<ListenerMethod> methods) {
		Set<String> types = new HashSet<>();
		Set<Subscription.Route> routes = new HashSet<>();
		for (ListenerMethod method : methods) {
			types.addAll(method.subscription().types());
			routes.addAll(method.subscription().routes());
		}
		return new Subscription(types, routes);
	}

	@Override
	public ConsumerId consumer() {
		return this.methods.get(0).consumer();
	}

	@Override
	public Subscription subscription() {
		return this.subscription;
	}

	@Override
	public DeliverySettings settings() {
		return this.methods.get(0).settings();
	}

	@Override
	public DecodedEvent decode(StoredEvent event) {
		EventType type = this.types.find(event.type());
		if (type == null) {
			throw new UndecodableEventException("The type '" + event.type() + "' is not registered", null);
		}
		byte[] json = json(event);
		try {
			Object content = this.codec.decode(json, type);
			return new DecodedEvent(event, content,
					new EventMetadata(event.eventId(), event.type(), event.topic(), event.partitionKey(),
							this.codec.decodeHeaders(event.headers()), event.createdAt(), event.attempt(), consumer()));
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
	public void deliver(DecodedEvent event) throws Exception {
		this.scope.around(List.of(event), () -> call(event));
	}

	private void call(DecodedEvent event) throws Exception {
		for (ListenerMethod method : this.methods) {
			if (takes(method, event)) {
				method.invoke(method.signature().arguments(event));
			}
		}
	}

	@Override
	public void deliverAll(List<DecodedEvent> chunk) throws Exception {
		this.scope.around(chunk, () -> call(chunk));
	}

	private void call(List<DecodedEvent> chunk) throws Exception {
		for (ListenerMethod method : this.methods) {
			List<DecodedEvent> taken = chunk.stream().filter((event) -> takes(method, event)).toList();
			if (!taken.isEmpty()) {
				method.invoke(method.signature().arguments(taken));
			}
		}
	}

	private static boolean takes(ListenerMethod method, DecodedEvent event) {
		return method.subscription().takes(event.stored().type(), event.stored().topic());
	}

}
