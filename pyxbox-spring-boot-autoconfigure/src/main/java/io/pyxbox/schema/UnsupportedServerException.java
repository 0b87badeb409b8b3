package io.pyxbox.schema;

import io.pyxbox.PyxboxException;

/**
 * Thrown at start-up if the outbox's {@code DataSource} leads to a server that is not
 * PostgreSQL, or too old.
 */
public class UnsupportedServerException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	UnsupportedServerException(String message) {
		super(message);
	}

}
