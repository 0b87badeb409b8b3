package io.pyxbox;

import java.time.Instant;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What is known of an event beside its content.
 *
 * @param id the event's identity, the same for every consumer and at every attempt
 * @param type the event's logical type, by the name that it was stored under
 * @param topic where the event goes beyond this application, if anywhere
 * @param partitionKey what orders the event, if anything
 * @param headers what the emitter added
 * @param createdAt when the event was stored, by the clock of the database
 * @param attempt which attempt of this consumer this is, starting with 1
 * @param consumer the consumer that receives the event
 * @param version the version of the type that the event was stored in; its content may
 * have been lifted to a later one since
 */
public record EventMetadata(EventId id, String type, @Nullable String topic, @Nullable String partitionKey,
		Map<String, String> headers, Instant createdAt, int attempt, ConsumerId consumer, int version) {

	public EventMetadata {
		headers = Map.copyOf(headers);
	}

	/**
	 * Creates metadata of an event of the first version of its type.
	 * @param id the event's identity
	 * @param type the event's logical type
	 * @param topic where the event goes beyond this application, if anywhere
	 * @param partitionKey what orders the event, if anything
	 * @param headers what the emitter added
	 * @param createdAt when the event was stored, by the clock of the database
	 * @param attempt which attempt of this consumer this is, starting with 1
	 * @param consumer the consumer that receives the event
	 */
	public EventMetadata(EventId id, String type, @Nullable String topic, @Nullable String partitionKey,
			Map<String, String> headers, Instant createdAt, int attempt, ConsumerId consumer) {
		this(id, type, topic, partitionKey, headers, createdAt, attempt, consumer, 1);
	}

}
