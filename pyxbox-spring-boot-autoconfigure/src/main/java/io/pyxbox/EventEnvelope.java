package io.pyxbox;

/**
 * An event together with its metadata: what a listener may take in place of the event.
 *
 * @param <T> the event's class
 * @param event the event
 * @param metadata what is known of it
 */
public record EventEnvelope<T>(T event, EventMetadata metadata) {
}
