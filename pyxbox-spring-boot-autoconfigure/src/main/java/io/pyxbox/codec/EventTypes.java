package io.pyxbox.codec;

import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxEvent;
import org.jspecify.annotations.Nullable;

/**
 * The registered event classes and their types. Thread-safe.
 */
public final class EventTypes {

	/** What fits the column. */
	private static final int MAX_VERSION = Short.MAX_VALUE;

	private final UnaryOperator<String> placeholders;

	private final Upcasters upcasters;

	private final Map<Class<?>, EventType> byClass = new ConcurrentHashMap<>();

	private final Map<String, EventType> byName = new ConcurrentHashMap<>();

	/**
	 * Creates an empty registry of types that have always been what they are.
	 * @param placeholders resolves {@code ${...}} placeholders
	 */
	public EventTypes(UnaryOperator<String> placeholders) {
		this(placeholders, Map.of());
	}

	/**
	 * Creates an empty registry.
	 * @param placeholders resolves {@code ${...}} placeholders
	 * @param upcasters what lifts old rows, by name
	 * @throws IllegalArgumentException if two upcasters contradict each other
	 */
	public EventTypes(UnaryOperator<String> placeholders, Map<String, EventUpcaster> upcasters) {
		this.placeholders = placeholders;
		this.upcasters = new Upcasters(upcasters);
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
		return add(describe(type));
	}

	private synchronized EventType add(EventType described) {
		Set<String> names = names(described);
		for (String name : names) {
			EventType other = this.byName.get(name);
			if (other != null && other.javaType() != described.javaType()) {
				throw new IllegalArgumentException("The event classes " + other.javaType().getName() + " and "
						+ described.javaType().getName() + " share the type '" + name
						+ "'. Give one of them a type of its own: @OutboxEvent(type = \"...\"), or take it from the aliases");
			}
		}
		requireNoFurtherUpcaster(described, names);
		names.forEach((name) -> this.byName.putIfAbsent(name, described));
		EventType known = this.byClass.putIfAbsent(described.javaType(), described);
		return (known != null) ? known : described;
	}

	/** Or whoever wrote it has forgotten to raise the version. */
	private void requireNoFurtherUpcaster(EventType type, Set<String> names) {
		for (Upcasters.Named upcaster : this.upcasters.all()) {
			if (names.contains(upcaster.type()) && upcaster.fromVersion() >= type.version()) {
				throw new IllegalArgumentException(upcaster + " leads to version " + (upcaster.fromVersion() + 1)
						+ " of type '" + upcaster.toType() + "', but " + type.javaType().getName() + " is version "
						+ type.version() + ". Raise it: @OutboxEvent(version = " + (upcaster.fromVersion() + 1) + ")");
			}
		}
	}

	/**
	 * Requires that rows of earlier versions can be read: by a chain of upcasters without
	 * gaps. It may begin later than with the first version, where no rows of earlier ones
	 * are left.
	 * @param type the type
	 * @throws IllegalArgumentException if an upcaster is missing
	 */
	public void requireReadable(EventType type) {
		Set<String> names = names(type);
		boolean found = true;
		for (int version = type.version() - 1; version >= 1; version--) {
			int from = version;
			Upcasters.Named step = names.stream()
				.map((name) -> this.upcasters.from(name, from))
				.filter((upcaster) -> upcaster != null)
				.findFirst()
				.orElse(null);
			if (step == null && version == type.version() - 1) {
				throw new IllegalArgumentException(missing(type, version));
			}
			if (step != null && !found) {
				throw new IllegalArgumentException(missing(type, version + 1) + " " + step + " leads up to there");
			}
			found = step != null;
		}
	}

	private static String missing(EventType type, int version) {
		return "The event class " + type.javaType().getName() + " is version " + type.version() + " of type '"
				+ type.name() + "', and no EventUpcaster lifts events from version " + version + ".";
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
	 * Looks up a type by its name, one of its other names, or one that it has had before.
	 * @param name the logical type
	 * @return the event type, or {@code null} if none is registered
	 */
	public @Nullable EventType find(String name) {
		return this.byName.get(name);
	}

	/**
	 * Returns the names under which rows of a type may stand in the table.
	 * @param type the type
	 * @return its name, its other names, and those that it has had before
	 */
	public Set<String> names(EventType type) {
		Set<String> names = new HashSet<>(type.aliases());
		names.add(type.name());
		List.copyOf(names).forEach((name) -> names.addAll(this.upcasters.formerNames(name)));
		return names;
	}

	/**
	 * Returns up to which version rows can be read.
	 * @param types the types
	 * @return the highest version that is known here, by the name in the row
	 */
	public Map<String, Integer> knownVersions(Collection<EventType> types) {
		Map<String, Integer> versions = new HashMap<>();
		for (EventType type : types) {
			for (String name : names(type)) {
				EventUpcaster renaming = isCurrent(name, type) ? null : this.upcasters.renaming(name);
				versions.put(name, (renaming != null) ? renaming.fromVersion() : type.version());
			}
		}
		return versions;
	}

	private static boolean isCurrent(String name, EventType type) {
		return name.equals(type.name()) || type.aliases().contains(name);
	}

	/**
	 * Finds out how rows of a name and version become objects.
	 * @param name the name in the row
	 * @param version the version in the row
	 * @return how
	 * @throws IllegalArgumentException if no such type is registered, or an upcaster is
	 * missing
	 */
	Lineage lineage(String name, int version) {
		EventType type = find(name);
		if (type == null) {
			throw new IllegalArgumentException("The type '" + name + "' is not registered");
		}
		List<EventUpcaster> upcasters = new ArrayList<>();
		String current = name;
		for (int from = version; from < type.version(); from++) {
			Upcasters.Named next = this.upcasters.from(current, from);
			if (next == null && isCurrent(current, type)) {
				next = this.upcasters.from(type.name(), from);
			}
			if (next == null) {
				throw new IllegalArgumentException(missing(type, from));
			}
			upcasters.add(next);
			current = next.toType();
		}
		return new Lineage(type, upcasters);
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
		int version = (annotation != null) ? annotation.version() : 1;
		if (version < 1 || version > MAX_VERSION) {
			throw new IllegalArgumentException("The event class " + type.getName() + " has the version " + version
					+ ". Versions go from 1 to " + MAX_VERSION);
		}
		return new EventType(type, name, version, aliases(annotation, name, type), topic.isEmpty() ? null : topic,
				key.isEmpty() ? PartitionKey.none() : PartitionKey.of(type, key));
	}

	private Set<String> aliases(@Nullable OutboxEvent annotation, String name, Class<?> type) {
		Set<String> aliases = new HashSet<>();
		for (String declared : (annotation != null) ? annotation.aliases() : new String[0]) {
			String alias = this.placeholders.apply(declared);
			if (alias.isBlank()) {
				throw new IllegalArgumentException(
						"The event class " + type.getName() + " has an alias without a name");
			}
			aliases.add(alias);
		}
		aliases.remove(name);
		return aliases;
	}

	private static boolean isEventClass(Class<?> type) {
		return type != Object.class && !type.isInterface() && !type.isArray() && !type.isPrimitive()
				&& !Modifier.isAbstract(type.getModifiers());
	}

}
