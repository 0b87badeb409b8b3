package io.pyxbox.codec;

import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What is known of an event class.
 *
 * @param javaType the class
 * @param name its logical type
 * @param version the version of the type that the class is
 * @param aliases other names of it, in rows that were written elsewhere or before
 * @param topic its topic, if it has one
 * @param partitionKey how to get at an event's key
 */
public record EventType(Class<?> javaType, String name, int version, Set<String> aliases, @Nullable String topic,
		PartitionKey partitionKey) {

	public EventType {
		aliases = Set.copyOf(aliases);
	}

}
