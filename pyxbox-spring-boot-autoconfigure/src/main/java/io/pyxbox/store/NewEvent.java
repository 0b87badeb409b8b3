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
 * @param version the version of its type
 * @param encoded its content as it is stored, if it is encoded
 * @param due when it is to be delivered; {@code null} for at once
 */
public record NewEvent(int bucket, EventId eventId, String type, @Nullable String topic, @Nullable String partitionKey,
		String payload, @Nullable String headers, int version, @Nullable Encoded encoded, @Nullable DueTime due) {

	private static final String NOTHING = "null";

	/**
	 * Creates a plain event of the first version of its type, to be delivered at once.
	 * @param bucket the bucket of its key, or any for an event without a key
	 * @param eventId its identity
	 * @param type its logical type
	 * @param topic its topic, if any
	 * @param partitionKey its partition key, if any
	 * @param payload its content as JSON
	 * @param headers its headers as a JSON object, if any
	 */
	public NewEvent(int bucket, EventId eventId, String type, @Nullable String topic, @Nullable String partitionKey,
			String payload, @Nullable String headers) {
		this(bucket, eventId, type, topic, partitionKey, payload, headers, 1, null, null);
	}

	/**
	 * Encodes the content.
	 * @param codec the name of what has encoded it
	 * @param bytes what is to be stored
	 * @return the event without its content as JSON
	 */
	public NewEvent encodedAs(String codec, byte[] bytes) {
		return new NewEvent(this.bucket, this.eventId, this.type, this.topic, this.partitionKey, NOTHING, this.headers,
				this.version, new Encoded(codec, bytes), this.due);
	}

	/**
	 * Tells whether it waits for a time first.
	 * @return whether it is delayed
	 */
	public boolean isDelayed() {
		return this.due != null;
	}

	/** Whether it has nothing but what every event has. */
	boolean isPlain() {
		return this.version == 1 && this.encoded == null;
	}

	/** As it is stored: the first version takes no room. */
	@Nullable Short storedVersion() {
		return (this.version != 1) ? (short) this.version : null;
	}

	/**
	 * Encoded content.
	 *
	 * @param codec the name of what has encoded it
	 * @param bytes what is to be stored
	 */
	public record Encoded(String codec, byte[] bytes) {
	}

}
