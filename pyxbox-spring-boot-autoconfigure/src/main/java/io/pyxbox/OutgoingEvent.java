package io.pyxbox;

import java.nio.charset.StandardCharsets;

/**
 * An event on its way to a destination, as it is stored: publishers take events of types,
 * too, that this application has no class for.
 *
 * @param metadata what is known of the event
 * @param destination where it goes; what that is depends on the publisher: a topic, a
 * queue, a path
 * @param payload its content as JSON in UTF-8; not to be changed
 */
public record OutgoingEvent(EventMetadata metadata, String destination, byte[] payload) {

	/**
	 * Returns the content as text.
	 * @return JSON
	 */
	public String text() {
		return new String(this.payload, StandardCharsets.UTF_8);
	}

}
