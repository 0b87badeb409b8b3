package io.pyxbox;

import java.util.Objects;
import java.util.UUID;

/**
 * The identity of an event, the same for every consumer and at every attempt.
 *
 * @param value a UUID of version 7, made by the emitter: unique, and ordered by time only
 * roughly
 */
public record EventId(UUID value) {

	public EventId {
		Objects.requireNonNull(value, "value");
	}

	/**
	 * Reads an id from its text form.
	 * @param text a UUID
	 * @return the id
	 * @throws IllegalArgumentException if the text is not a UUID
	 */
	public static EventId of(String text) {
		return new EventId(UUID.fromString(text));
	}

	@Override
	public String toString() {
		return this.value.toString();
	}

}
