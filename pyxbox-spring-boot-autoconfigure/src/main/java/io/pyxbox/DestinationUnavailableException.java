package io.pyxbox;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by a listener that is not transactional to say that it is not the event's fault:
 * what it delivers to cannot be reached. The consumer is paused at once, and no attempt
 * is counted.
 */
public class DestinationUnavailableException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	public DestinationUnavailableException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
