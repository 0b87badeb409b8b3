package io.pyxbox;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by the emitting call for an event that cannot be stored: it is not serializable,
 * larger than {@code pyxbox.outbox.max-payload-size}, or contains characters that
 * PostgreSQL has no place for. The caller's transaction is not touched.
 */
public class InvalidEventException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	public InvalidEventException(String message) {
		super(message);
	}

	public InvalidEventException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
