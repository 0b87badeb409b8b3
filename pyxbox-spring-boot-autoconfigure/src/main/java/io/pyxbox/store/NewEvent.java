package io.pyxbox.store;

import io.pyxbox.EventId;
import org.jspecify.annotations.Nullable;

/**
 * An event that is to be stored.
 *
 * @param bucket the bucket of its key, or any for an event without a key
 * @param eventId its identity
 * @param type its logical type
 * @param topic its topic, if any
 * @param partitionKey its partition key, if any
 * @param payload its content as JSON
 * @param headers its headers as a JSON object, if any
 */
public record NewEvent(int bucket, EventId eventId, String type, @Nullable String topic, @Nullable String partitionKey,
		String payload, @Nullable String headers) {

}
