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
 * @param payload its content as it is stored: as JSON in UTF-8, or as a codec has encoded
 * it; not to be changed
 * @param codec the name of the codec that has encoded it, if any
 * @param headers its headers as a JSON object, if any
 * @param createdAt when it was stored, by the clock of the database
 * @param redriven whether it was redriven for the consumer that reads it, and is nobody
 * else's
 * @param failures what the consumer that reads it has failed on so far; {@code null} if
 * nothing is on record
 * @param version the version of its type
 */
public record StoredEvent(long id, EventId eventId, String type, @Nullable String topic, @Nullable String partitionKey,
		byte[] payload, @Nullable String codec, @Nullable String headers, Instant createdAt, boolean redriven,
		@Nullable Failures failures, int version) {

	/**
	 * Creates a plain event of the first version of its type.
	 * @param id the order of the event within its bucket
	 * @param eventId its identity
	 * @param type its logical type
	 * @param topic its topic, if any
	 * @param partitionKey its partition key, if any
	 * @param payload its content as JSON in UTF-8; not to be changed
	 * @param headers its headers as a JSON object, if any
	 * @param createdAt when it was stored, by the clock of the database
	 * @param redriven whether it was redriven for the consumer that reads it
	 * @param failures what the consumer that reads it has failed on so far
	 */
	public StoredEvent(long id, EventId eventId, String type, @Nullable String topic, @Nullable String partitionKey,
			byte[] payload, @Nullable String headers, Instant createdAt, boolean redriven,
			@Nullable Failures failures) {
		this(id, eventId, type, topic, partitionKey, payload, null, headers, createdAt, redriven, failures, 1);
	}

	/**
	 * Returns how often the consumer that reads it has failed on it.
	 * @return the number of failed attempts
	 */
	public int failedAttempts() {
		return (this.failures != null) ? this.failures.attempts() : 0;
	}

	/**
	 * Returns how often a process has died of it.
	 * @return the number of failed attempts that ended with the process
	 */
	public int crashes() {
		return (this.failures != null) ? this.failures.crashes() : 0;
	}

	/**
	 * Returns the number of the attempt that this reading is for.
	 * @return 1 for the first attempt
	 */
	public int attempt() {
		return failedAttempts() + 1;
	}

	/**
	 * What is on record of failed deliveries; none, after an event was redriven in place.
	 *
	 * @param attempts how many there were
	 * @param crashes how many of these ended with the process
	 */
	public record Failures(int attempts, int crashes) {
	}

}
