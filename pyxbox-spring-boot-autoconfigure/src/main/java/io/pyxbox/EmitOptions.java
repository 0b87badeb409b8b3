package io.pyxbox;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What one call of {@link TransactionalOutbox#emit(Object, EmitOptions)} sets beside the
 * event itself. Immutable: each method returns a changed copy.
 *
 * @param topic the topic for this call, or {@code null} for that of the event's type
 * @param partitionKey the partition key for this call, or {@code null} for that of the
 * event
 * @param headers headers for the listeners and brokers
 */
public record EmitOptions(@Nullable String topic, @Nullable String partitionKey, Map<String, String> headers) {

	private static final EmitOptions NONE = new EmitOptions(null, null, Map.of());

	public EmitOptions {
		headers = Map.copyOf(headers);
	}

	/**
	 * Returns options that change nothing.
	 * @return options without topic, key and headers
	 */
	public static EmitOptions none() {
		return NONE;
	}

	/**
	 * Sets the topic for this call.
	 * @param topic the topic
	 * @return a copy with the topic
	 */
	public EmitOptions withTopic(String topic) {
		return new EmitOptions(Objects.requireNonNull(topic, "topic"), this.partitionKey, this.headers);
	}

	/**
	 * Sets the partition key for this call.
	 * @param partitionKey the partition key
	 * @return a copy with the key
	 */
	public EmitOptions withPartitionKey(String partitionKey) {
		return new EmitOptions(this.topic, Objects.requireNonNull(partitionKey, "partitionKey"), this.headers);
	}

	/**
	 * Adds a header, or replaces the one of that name.
	 * @param name the header's name
	 * @param value the header's value
	 * @return a copy with the header
	 */
	public EmitOptions withHeader(String name, String value) {
		Map<String, String> changed = new LinkedHashMap<>(this.headers);
		changed.put(name, value);
		return new EmitOptions(this.topic, this.partitionKey, changed);
	}

}
