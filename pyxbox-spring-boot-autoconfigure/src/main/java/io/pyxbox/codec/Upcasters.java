package io.pyxbox.codec;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import io.pyxbox.EventUpcaster;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The upcasters there are, by the version that each applies to. Versions only grow, so no
 * chain of them comes back to where it began. Immutable.
 */
final class Upcasters {

	private final Map<Step, Named> bySteps = new HashMap<>();

	/** The upcaster that renames a type, by the old name. */
	private final Map<String, Named> renames = new HashMap<>();

	/**
	 * Creates an instance.
	 * @param upcasters the upcasters by their names, for messages
	 * @throws IllegalArgumentException if two contradict each other
	 */
	Upcasters(Map<String, EventUpcaster> upcasters) {
		new TreeMap<>(upcasters).forEach((name, upcaster) -> add(new Named(name, upcaster)));
		this.renames.keySet().forEach(this::requireNoCircle);
	}

	private void add(Named upcaster) {
		if (upcaster.fromVersion() < 1) {
			throw new IllegalArgumentException(upcaster + " applies to version " + upcaster.fromVersion() + " of type '"
					+ upcaster.type() + "'. Versions begin with 1");
		}
		Named other = this.bySteps.putIfAbsent(new Step(upcaster.type(), upcaster.fromVersion()), upcaster);
		if (other != null) {
			throw new IllegalArgumentException(other + " and " + upcaster + " both apply to version "
					+ upcaster.fromVersion() + " of type '" + upcaster.type() + "'. Remove one of them");
		}
		if (!upcaster.toType().equals(upcaster.type())) {
			Named before = this.renames.putIfAbsent(upcaster.type(), upcaster);
			if (before != null) {
				throw new IllegalArgumentException(before + " and " + upcaster + " both rename the type '"
						+ upcaster.type() + "'. A type gets a new name once");
			}
		}
	}

	private void requireNoCircle(String name) {
		Set<Named> passed = new HashSet<>();
		for (Named next = this.renames.get(name); next != null; next = this.renames.get(next.toType())) {
			if (!passed.add(next)) {
				throw new IllegalArgumentException(
						"The types renamed by " + passed + " get back their old names. A name is not to come back");
			}
		}
	}

	/** The one that applies to a version, if there is one. */
	@Nullable Named from(String type, int version) {
		return this.bySteps.get(new Step(type, version));
	}

	/** The one that gave a type its new name, if it has been renamed. */
	@Nullable Named renaming(String type) {
		return this.renames.get(type);
	}

	/** The name that a type has got in the end. */
	String newest(String type) {
		Named renaming = this.renames.get(type);
		return (renaming != null) ? newest(renaming.toType()) : type;
	}

	/** All names that have become this one. */
	Set<String> formerNames(String type) {
		Set<String> names = new HashSet<>();
		this.renames.keySet().stream().filter((name) -> newest(name).equals(type)).forEach(names::add);
		return names;
	}

	Iterable<Named> all() {
		return this.bySteps.values();
	}

	private record Step(String type, int version) {
	}

	/**
	 * An upcaster that is known by name.
	 *
	 * @param name the name of its bean
	 * @param delegate what it does
	 */
	record Named(String name, EventUpcaster delegate) implements EventUpcaster {

		@Override
		public String type() {
			return this.delegate.type();
		}

		@Override
		public int fromVersion() {
			return this.delegate.fromVersion();
		}

		@Override
		public String toType() {
			return this.delegate.toType();
		}

		/** It is the application's code, and may return anything. */
		@Override
		@SuppressWarnings("NullAway")
		public JsonNode upcast(JsonNode payload) {
			JsonNode lifted;
			try {
				lifted = this.delegate.upcast(payload);
			}
			catch (RuntimeException ex) {
				throw new IllegalArgumentException(this + " failed: " + ex.getMessage(), ex);
			}
			if (lifted == null) {
				throw new IllegalArgumentException(this + " returned null");
			}
			return lifted;
		}

		@Override
		public String toString() {
			return "The EventUpcaster '" + this.name + "'";
		}

	}

}
