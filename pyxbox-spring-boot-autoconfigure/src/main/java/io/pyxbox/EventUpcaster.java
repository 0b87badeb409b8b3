package io.pyxbox;

import java.util.Objects;
import java.util.function.Consumer;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Lifts stored events from one version of their type to the next, so that old rows are
 * delivered as the class that there is today. Declare it as a bean, one for each step;
 * those of a type are applied one after the other. It is called for rows of its version
 * only, possibly by several threads at the same time.
 * <p>
 * What cannot work together (two for the same step, a step that is missing, one that
 * leads beyond the version of the class) fails the start. If it throws, the event becomes
 * a dead letter.
 */
public interface EventUpcaster {

	/**
	 * Returns the type that it applies to.
	 * @return the name that stands in the rows
	 */
	String type();

	/**
	 * Returns the version that it applies to; it leads to the next one.
	 * @return the version before, at least 1
	 */
	int fromVersion();

	/**
	 * Returns the type that it leads to, if the type was renamed with this version.
	 * @return the new name; the same by default
	 */
	default String toType() {
		return type();
	}

	/**
	 * Changes the content.
	 * @param payload the content as it was in the version before; may be changed
	 * @return the content as it is in the next version
	 */
	JsonNode upcast(JsonNode payload);

	/**
	 * Creates an upcaster that changes JSON objects.
	 * @param type the type that it applies to
	 * @param fromVersion the version that it applies to
	 * @param change changes the content
	 * @return the upcaster
	 */
	static EventUpcaster of(String type, int fromVersion, Consumer<ObjectNode> change) {
		return renaming(type, fromVersion, type, change);
	}

	/**
	 * Creates an upcaster that changes JSON objects, and the name of their type.
	 * @param type the type that it applies to
	 * @param fromVersion the version that it applies to
	 * @param toType the new name
	 * @param change changes the content
	 * @return the upcaster
	 */
	static EventUpcaster renaming(String type, int fromVersion, String toType, Consumer<ObjectNode> change) {
		Objects.requireNonNull(type, "type");
		Objects.requireNonNull(toType, "toType");
		Objects.requireNonNull(change, "change");
		return new EventUpcaster() {

			@Override
			public String type() {
				return type;
			}

			@Override
			public int fromVersion() {
				return fromVersion;
			}

			@Override
			public String toType() {
				return toType;
			}

			@Override
			public JsonNode upcast(JsonNode payload) {
				if (!(payload instanceof ObjectNode object)) {
					throw new IllegalArgumentException("The content is no JSON object");
				}
				change.accept(object);
				return object;
			}

		};
	}

}
