package io.pyxbox.listener;

import java.lang.reflect.Method;
import java.lang.reflect.WildcardType;
import java.util.Collection;
import java.util.List;

import io.pyxbox.EventEnvelope;
import io.pyxbox.EventMetadata;
import io.pyxbox.dispatch.DecodedEvent;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.core.MethodParameter;
import org.springframework.core.ResolvableType;

/**
 * What a listener method takes.
 *
 * @param eventClass the class, interface or {@code Object} that its events are instances
 * of
 * @param wholeChunk whether it takes a list
 * @param envelope whether it takes envelopes
 * @param metadata whether it takes metadata after the event
 */
record ListenerSignature(Class<?> eventClass, boolean wholeChunk, boolean envelope, boolean metadata) {

	private static final String WAY_OUT = "Declare it as void with one parameter (an event class, an interface, "
			+ "Object, JsonNode, EventEnvelope<E>, or a List of one of these), and after a single event an EventMetadata "
			+ "if wanted.";

	static ListenerSignature of(String beanName, Class<?> beanClass, Method method) {
		if (method.getReturnType() != void.class) {
			throw new InvalidListenerException(beanName, method, "returns something, which nobody would receive.",
					WAY_OUT);
		}
		int count = method.getParameterCount();
		if (count == 0 || count > 2) {
			throw new InvalidListenerException(beanName, method, "has " + count + " parameters.", WAY_OUT);
		}
		ResolvableType first = parameter(beanClass, method, 0);
		boolean list = first.resolve() == List.class;
		ResolvableType element = list ? first.getGeneric(0) : first;
		boolean envelope = element.resolve() == EventEnvelope.class;
		Class<?> eventClass = envelope ? content(element.getGeneric(0)) : element.resolve();
		boolean metadata = count == 2;
		if (eventClass == null || isNoEvent(eventClass)) {
			throw new InvalidListenerException(beanName, method,
					"does not say which events it takes: its first parameter is " + first + ".", WAY_OUT);
		}
		if (metadata && parameter(beanClass, method, 1).resolve() != EventMetadata.class) {
			throw new InvalidListenerException(beanName, method, "has a second parameter that is no EventMetadata.",
					WAY_OUT);
		}
		if (metadata && (list || envelope)) {
			throw new InvalidListenerException(beanName, method, "takes EventMetadata beside "
					+ (list ? "a List, which has no single one." : "an EventEnvelope, which contains it already."),
					list ? "Take a List<EventEnvelope<E>>." : WAY_OUT);
		}
		return new ListenerSignature(eventClass, list, envelope, metadata);
	}

	private static ResolvableType parameter(Class<?> beanClass, Method method, int index) {
		return ResolvableType.forMethodParameter(new MethodParameter(method, index).withContainingClass(beanClass));
	}

	private static boolean isNoEvent(Class<?> type) {
		return type.isPrimitive() || type.isArray() || Collection.class.isAssignableFrom(type)
				|| type == EventMetadata.class || type == EventEnvelope.class
				|| (JsonNode.class.isAssignableFrom(type) && type != JsonNode.class);
	}

	/** {@code EventEnvelope<?>} takes everything. */
	private static @Nullable Class<?> content(ResolvableType type) {
		boolean raw = type == ResolvableType.NONE;
		return (raw || type.getType() instanceof WildcardType) ? type.resolve(Object.class) : type.resolve();
	}

	/** Whether it takes the payload as it is stored, and no object. */
	boolean isRaw() {
		return this.eventClass == JsonNode.class || isText();
	}

	/** Whether it takes the payload as a text. */
	boolean isText() {
		return this.envelope && this.eventClass == String.class;
	}

	Object[] arguments(DecodedEvent event) {
		Object argument = argument(event);
		return this.metadata ? new Object[] { argument, event.metadata() } : new Object[] { argument };
	}

	Object[] arguments(List<DecodedEvent> events) {
		return new Object[] { events.stream().map(this::argument).toList() };
	}

	private Object argument(DecodedEvent event) {
		return this.envelope ? new EventEnvelope<>(event.content(), event.metadata()) : event.content();
	}

}
