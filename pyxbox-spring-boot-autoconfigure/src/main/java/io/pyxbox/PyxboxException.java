package io.pyxbox;

import org.jspecify.annotations.Nullable;

/**
 * The root of what pyxbox throws. Messages say what is wrong, where, and how to mend it.
 */
public class PyxboxException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	public PyxboxException(String message) {
		super(message);
	}

	public PyxboxException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
