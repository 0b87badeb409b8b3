package io.pyxbox.codec;

import org.jspecify.annotations.Nullable;

/**
 * What is known of an event class.
 *
 * @param javaType the class
 * @param name its logical type
 * @param topic its topic, if it has one
 * @param partitionKey how to get at an event's key
 */
public record EventType(Class<?> javaType, String name, @Nullable String topic, PartitionKey partitionKey) {
}
