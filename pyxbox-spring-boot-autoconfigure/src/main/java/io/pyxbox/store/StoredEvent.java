package io.pyxbox.store;

import java.time.Instant;

import io.pyxbox.EventId;
import org.jspecify.annotations.Nullable;

/**
 * An event as it was read.
 *
 * @param id the order of the event within its bucket
 * @param eventId its identity
 * @param type its logical type
 * @param topic its topic, if any
 * @param partitionKey its partition key, if any
 * @param payload its content as JSON in UTF-8; not to be changed
 * @param headers its headers as a JSON object, if any
 * @param createdAt when it was stored, by the clock of the database
 * @param redriven whether it was redriven for the consumer that reads it, and is nobody
 * else's
 * @param failedAttempts how often the consumer that reads it has failed on it
 * @param crashes how many of these ended with the process
 */
public record StoredEvent(long id, EventId eventId, String type, @Nullable String topic, @Nullable String partitionKey,
		byte[] payload, @Nullable String headers, Instant createdAt, boolean redriven, int failedAttempts,
		int crashes) {

	/**
	 * Returns the number of the attempt that this reading is for.
	 * @return 1 for the first attempt
	 */
	public int attempt() {
		return this.failedAttempts + 1;
	}

}
