package io.pyxbox.schema;

import io.pyxbox.PyxboxException;

/**
 * Thrown at start-up if {@code pyxbox.schema-name} is not set and the connection has no
 * current schema to take instead.
 */
public class NoCurrentSchemaException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	NoCurrentSchemaException() {
		super("'pyxbox.schema-name' is not set, and the connection has no current schema:"
				+ " its search_path names no schema that exists and that its role may use");
	}

}
