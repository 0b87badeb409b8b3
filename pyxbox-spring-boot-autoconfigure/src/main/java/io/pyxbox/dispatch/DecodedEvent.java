package io.pyxbox.dispatch;

import io.pyxbox.EventMetadata;
import io.pyxbox.store.StoredEvent;

/**
 * An event that is ready to be delivered.
 *
 * @param stored the event as it was read
 * @param content the event object
 * @param metadata what else is known of it
 * @param size the size of its JSON, in bytes
 */
public record DecodedEvent(StoredEvent stored, Object content, EventMetadata metadata, int size) {

	/**
	 * Creates an event whose JSON is what is stored.
	 * @param stored the event as it was read
	 * @param content the event object
	 * @param metadata what else is known of it
	 */
	public DecodedEvent(StoredEvent stored, Object content, EventMetadata metadata) {
		this(stored, content, metadata, stored.payload().length);
	}

}
