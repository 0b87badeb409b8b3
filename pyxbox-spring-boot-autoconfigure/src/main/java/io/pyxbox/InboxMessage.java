package io.pyxbox;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A message from elsewhere that is to be handled later, as an event. The event has the
 * message's id, if that is a UUID; otherwise one that follows from it, and the id itself
 * in the header {@value #ID_HEADER}.
 *
 * @param id the message's id
 * @param type the type of the event
 * @param payload the content as JSON
 * @param topic the topic of the event, or {@code null} for none: then it is not passed on
 * to a broker again
 * @param partitionKey what orders the event, or {@code null} for none
 * @param headers headers of the event
 */
public record InboxMessage(MessageId id, String type, String payload, @Nullable String topic,
		@Nullable String partitionKey, Map<String, String> headers) {

	/** The header with the id of a message whose id is no UUID. */
	public static final String ID_HEADER = "message-id";

	public InboxMessage {
		Objects.requireNonNull(id, "id");
		Objects.requireNonNull(payload, "payload");
		if (type.isBlank()) {
			throw new IllegalArgumentException("A message without a type cannot be handled by anybody");
		}
		headers = Map.copyOf(headers);
	}

	/**
	 * Creates a message without a topic, a key and headers.
	 * @param id its id
	 * @param type the type of the event
	 * @param payload the content as JSON
	 * @return the message
	 */
	public static InboxMessage of(MessageId id, String type, String payload) {
		return new InboxMessage(id, type, payload, null, null, Map.of());
	}

	/**
	 * Sets the topic.
	 * @param topic the topic
	 * @return a copy with the topic
	 */
	public InboxMessage withTopic(String topic) {
		return new InboxMessage(this.id, this.type, this.payload, Objects.requireNonNull(topic, "topic"),
				this.partitionKey, this.headers);
	}

	/**
	 * Sets the partition key.
	 * @param partitionKey the partition key
	 * @return a copy with the key
	 */
	public InboxMessage withPartitionKey(String partitionKey) {
		return new InboxMessage(this.id, this.type, this.payload, this.topic,
				Objects.requireNonNull(partitionKey, "partitionKey"), this.headers);
	}

	/**
	 * Adds a header, or replaces the one of that name.
	 * @param name the header's name
	 * @param value the header's value
	 * @return a copy with the header
	 */
	public InboxMessage withHeader(String name, String value) {
		Map<String, String> changed = new LinkedHashMap<>(this.headers);
		changed.put(name, value);
		return new InboxMessage(this.id, this.type, this.payload, this.topic, this.partitionKey, changed);
	}

}
