package io.pyxbox.inbox;

import java.lang.reflect.Method;

import io.pyxbox.PyxboxException;

/**
 * Thrown for an {@code @IdempotentReceiver} method that cannot work.
 */
public class InvalidReceiverException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private final String action;

	InvalidReceiverException(Method method, String problem, String action) {
		super("The @IdempotentReceiver method " + method.toGenericString() + " " + problem);
		this.action = action;
	}

	/**
	 * Returns the way out.
	 * @return a sentence
	 */
	public String getAction() {
		return this.action;
	}

}
