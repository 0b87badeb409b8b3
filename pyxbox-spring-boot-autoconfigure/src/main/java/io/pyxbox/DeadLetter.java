package io.pyxbox;

import java.time.Instant;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A delivery that was given up: the whole event, the consumer that could not take it, and
 * why.
 *
 * @param id the number of the dead letter; later ones have higher numbers
 * @param consumer the consumer that gave up
 * @param eventId the event's identity, which it keeps if it is redriven
 * @param type the event's logical type
 * @param topic the event's topic, if any
 * @param partitionKey the event's partition key, if any
 * @param payload the event's content as JSON; {@code null}, as JSON, if it is encoded
 * @param headers the event's headers, as far as they can be read as texts
 * @param createdAt when the event was stored, by the clock of the database
 * @param attempts how often the delivery was attempted
 * @param firstFailedAt when it failed for the first time
 * @param lastFailedAt when it was given up
 * @param errorClass the class of the last exception
 * @param errorMessage the message of the last exception, if it had one
 * @param stackTrace the stack trace of the last exception
 * @param blocking whether the partition key waits, for this consumer, until the dead
 * letter is redriven or discarded
 * @param codec the name of the {@link PayloadCodec} that has encoded the content, which
 * is kept as it is, if any
 * @param version the version of the type that the event was stored in, which it keeps,
 * too
 */
public record DeadLetter(long id, ConsumerId consumer, EventId eventId, String type, @Nullable String topic,
		@Nullable String partitionKey, String payload, Map<String, String> headers, Instant createdAt, int attempts,
		Instant firstFailedAt, Instant lastFailedAt, String errorClass, @Nullable String errorMessage,
		String stackTrace, boolean blocking, @Nullable String codec, int version) {

	public DeadLetter {
		headers = Map.copyOf(headers);
	}

}
