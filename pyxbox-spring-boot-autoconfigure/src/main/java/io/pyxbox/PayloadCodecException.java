package io.pyxbox;

import org.jspecify.annotations.Nullable;

/**
 * Thrown where a payload cannot be encoded or decoded. The message tells nothing of the
 * content.
 */
public class PayloadCodecException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param message what failed, and why
	 * @param cause why, if that is known
	 */
	public PayloadCodecException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
