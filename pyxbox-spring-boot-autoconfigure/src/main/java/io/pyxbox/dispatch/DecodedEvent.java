package io.pyxbox.dispatch;

import io.pyxbox.EventMetadata;
import io.pyxbox.store.StoredEvent;

/**
 * An event that is ready to be delivered.
 *
 * @param stored the event as it was read
 * @param content the event object
 * @param metadata what else is known of it
 */
public record DecodedEvent(StoredEvent stored, Object content, EventMetadata metadata) {
}
