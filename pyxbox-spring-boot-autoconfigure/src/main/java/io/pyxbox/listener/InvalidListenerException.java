package io.pyxbox.listener;

import java.lang.reflect.Method;

import io.pyxbox.PyxboxException;

/**
 * Thrown at start-up for an {@code @OutboxListener} method that cannot work as declared.
 */
public class InvalidListenerException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private final String action;

	InvalidListenerException(String beanName, Method method, String problem, String action) {
		super("The @OutboxListener method '" + method.getName() + "' of bean '" + beanName + "' ("
				+ method.toGenericString() + ") " + problem);
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
