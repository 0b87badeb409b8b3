package io.pyxbox.dispatch;

import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown for a stored event that cannot be turned into an object. Trying again does not
 * help, so the event becomes a dead letter at once.
 */
public class UndecodableEventException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	public UndecodableEventException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
