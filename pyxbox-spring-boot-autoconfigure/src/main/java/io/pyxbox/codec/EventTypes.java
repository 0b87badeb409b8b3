package io.pyxbox.codec;

import java.lang.reflect.Modifier;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

import io.pyxbox.OutboxEvent;
import org.jspecify.annotations.Nullable;

/**
 * The registered event classes and their types. Thread-safe.
 */
public final class EventTypes {

	private final UnaryOperator<String> placeholders;

	private final Map<Class<?>, EventType> byClass = new ConcurrentHashMap<>();

	private final Map<String, EventType> byName = new ConcurrentHashMap<>();

	/**
	 * Creates an empty registry.
	 * @param placeholders resolves {@code ${...}} placeholders
	 */
	public EventTypes(UnaryOperator<String> placeholders) {
		this.placeholders = placeholders;
	}

	/**
	 * Registers an event class, or returns what is known of it.
	 * @param type a class that can be instantiated
	 * @return the event type
	 * @throws IllegalArgumentException if its declaration is wrong, or its type is that
	 * of another class already
	 */
	public EventType register(Class<?> type) {
		EventType known = this.byClass.get(type);
		if (known != null) {
			return known;
		}
		EventType described = describe(type);
		EventType other = this.byName.putIfAbsent(described.name(), described);
		if (other != null && other.javaType() != type) {
			throw new IllegalArgumentException(
					"The event classes " + other.javaType().getName() + " and " + type.getName() + " share the type '"
							+ described.name() + "'. Give one of them a type of its own: @OutboxEvent(type = \"...\")");
		}
		this.byClass.putIfAbsent(type, described);
		return described;
	}

	/**
	 * Registers what can be an instance of a class: the class itself, if it can be
	 * instantiated, and the permitted subclasses of a sealed one.
	 * @param type any class or interface
	 */
	public void registerInstantiable(Class<?> type) {
		if (isEventClass(type)) {
			register(type);
		}
		if (type.isSealed()) {
			for (Class<?> permitted : type.getPermittedSubclasses()) {
				registerInstantiable(permitted);
			}
		}
	}

	/**
	 * Returns the registered types whose events are instances of a class.
	 * @param type a class or interface
	 * @return the types, sorted by name
	 */
	public Set<EventType> assignableTo(Class<?> type) {
		Set<EventType> found = new TreeSet<>(Comparator.comparing(EventType::name));
		this.byClass.values().stream().filter((known) -> type.isAssignableFrom(known.javaType())).forEach(found::add);
		return found;
	}

	/**
	 * Looks up a type by its name.
	 * @param name the logical type
	 * @return the event type, or {@code null} if none is registered
	 */
	public @Nullable EventType find(String name) {
		return this.byName.get(name);
	}

	private EventType describe(Class<?> type) {
		OutboxEvent annotation = type.getAnnotation(OutboxEvent.class);
		String name = (annotation != null) ? this.placeholders.apply(annotation.type()) : "";
		String topic = (annotation != null) ? this.placeholders.apply(annotation.topic()) : "";
		String key = (annotation != null) ? annotation.partitionKey() : "";
		if (name.isEmpty()) {
			name = type.getSimpleName();
		}
		if (name.isEmpty()) {
			throw new IllegalArgumentException("The anonymous class " + type.getName()
					+ " has no name and cannot be an event. Use a record or a named class");
		}
		return new EventType(type, name, topic.isEmpty() ? null : topic,
				key.isEmpty() ? PartitionKey.none() : PartitionKey.of(type, key));
	}

	private static boolean isEventClass(Class<?> type) {
		return type != Object.class && !type.isInterface() && !type.isArray() && !type.isPrimitive()
				&& !Modifier.isAbstract(type.getModifiers());
	}

}
