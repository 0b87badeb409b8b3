package io.pyxbox.autoconfigure;

import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown at start-up for beans and classes that do not fit together.
 */
class PyxboxConfigurationException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private final String action;

	PyxboxConfigurationException(String message, String action, @Nullable Throwable cause) {
		super(message, cause);
		this.action = action;
	}

	String getAction() {
		return this.action;
	}

}
