package io.pyxbox.listener;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
import io.pyxbox.store.TopicPattern;
import tools.jackson.databind.JsonNode;

/**
 * The listener methods of one consumer, which succeed or fail together.
 */
final class ListenerTarget implements DeliveryTarget {

	private final List<ListenerMethod> methods;

	private final EventTypes types;

	private final EventCodec codec;

	private final DeliveryScope scope;

	private final Subscription subscription;

	private final Map<String, Integer> knownVersions;

	private final boolean takesJson;

	ListenerTarget(List<ListenerMethod> methods, EventTypes types, EventCodec codec, DeliveryScope scope) {
		this.methods = List.copyOf(methods);
		this.types = types;
		this.codec = codec;
		this.scope = scope;
		this.subscription = union(methods);
		this.knownVersions = knownVersions(methods);
		this.takesJson = methods.stream().anyMatch((method) -> method.signature().isRaw());
	}

	/** Whoever takes JSON takes any version. */
	private Map<String, Integer> knownVersions(List<ListenerMethod> methods) {
		Map<String, Integer> versions = new HashMap<>();
		for (ListenerMethod method : methods) {
			if (!method.signature().isRaw()) {
				Map<String, Integer> known = this.types
					.knownVersions(this.types.assignableTo(method.signature().eventClass()));
				known.keySet().removeIf((type) -> !method.subscription().takesSome(type));
				versions.putAll(known);
			}
		}
		return Map.copyOf(versions);
	}

	private static Subscription union(List<ListenerMethod> methods) {
		Set<String> types = new HashSet<>();
		Set<Subscription.Route> routes = new HashSet<>();
		Set<TopicPattern> topics = new HashSet<>();
		for (ListenerMethod method : methods) {
			types.addAll(method.subscription().types());
			routes.addAll(method.subscription().routes());
			topics.addAll(method.subscription().topics());
		}
		return new Subscription(types, routes, topics);
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
	public Map<String, Integer> knownVersions() {
		return this.knownVersions;
	}

	@Override
	public DeliverySettings settings() {
		return this.methods.get(0).settings();
	}

	@Override
	public DecodedEvent decode(StoredEvent event) {
		if (this.takesJson && takesJsonOnly(event)) {
			byte[] json = json(event);
			return new DecodedEvent(event, json, metadata(event), json.length);
		}
		EventType type = this.types.find(event.type());
		if (type == null) {
			throw new UndecodableEventException("The type '" + event.type() + "' is not registered", null);
		}
		byte[] json = json(event);
		try {
			Object content = this.codec.decode(json, this.types, event.type(), event.version());
			return new DecodedEvent(event, content, metadata(event), json.length);
		}
		catch (RuntimeException | LinkageError | AssertionError | StackOverflowError ex) {
			throw unreadable(event, type.javaType(), ex);
		}
	}

	private boolean takesJsonOnly(StoredEvent event) {
		return this.methods.stream().allMatch((method) -> method.signature().isRaw() || !takes(method, event));
	}

	private UndecodableEventException unreadable(StoredEvent event, Class<?> type, Throwable ex) {
		String what = "The stored event cannot be read as " + type.getName();
		return this.codec.payloads().isConfidential(event.codec()) ? UndecodableEventException.withoutContent(what, ex)
				: new UndecodableEventException(what + ": " + ex.getMessage(), ex);
	}

	private byte[] json(StoredEvent event) {
		try {
			return this.codec.payloads().decode(event.payload(), event.codec(), event.eventId(), event.type());
		}
		catch (PayloadCodecException ex) {
			throw UndecodableEventException.forNow(ex);
		}
	}

	private EventMetadata metadata(StoredEvent event) {
		return new EventMetadata(event.eventId(), event.type(), event.topic(), event.partitionKey(), headers(event),
				event.createdAt(), event.attempt(), consumer(), event.version());
	}

	private Map<String, String> headers(StoredEvent event) {
		try {
			return this.codec.decodeHeaders(event.headers());
		}
		catch (RuntimeException ex) {
			throw new UndecodableEventException("The stored headers cannot be read: " + ex.getMessage(), ex);
		}
	}

	@Override
	public void deliver(DecodedEvent event) throws Exception {
		this.scope.around(List.of(event), () -> call(event));
	}

	private void call(DecodedEvent event) throws Exception {
		for (ListenerMethod method : this.methods) {
			if (takes(method, event.stored())) {
				method.invoke(method.signature().arguments(asTakenBy(method, event)));
			}
		}
	}

	@Override
	public void deliverAll(List<DecodedEvent> chunk) throws Exception {
		this.scope.around(chunk, () -> call(chunk));
	}

	private void call(List<DecodedEvent> chunk) throws Exception {
		for (ListenerMethod method : this.methods) {
			List<DecodedEvent> taken = chunk.stream()
				.filter((event) -> takes(method, event.stored()))
				.map((event) -> asTakenBy(method, event))
				.toList();
			if (!taken.isEmpty()) {
				method.invoke(method.signature().arguments(taken));
			}
		}
	}

	private static boolean takes(ListenerMethod method, StoredEvent event) {
		return method.subscription().takes(event.type(), event.topic());
	}

	private DecodedEvent asTakenBy(ListenerMethod method, DecodedEvent event) {
		if (!method.signature().isRaw()) {
			return event;
		}
		byte[] json = (event.content() instanceof byte[] decoded) ? decoded : json(event.stored());
		Object content = method.signature().isText() ? new String(json, StandardCharsets.UTF_8)
				: tree(event.stored(), json);
		return new DecodedEvent(event.stored(), content, event.metadata(), event.size());
	}

	private JsonNode tree(StoredEvent event, byte[] json) {
		try {
			return this.codec.tree(json);
		}
		catch (RuntimeException | StackOverflowError ex) {
			throw unreadable(event, JsonNode.class, ex);
		}
	}

}
