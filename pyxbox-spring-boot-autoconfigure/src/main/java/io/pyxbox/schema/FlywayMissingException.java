package io.pyxbox.schema;

import io.pyxbox.PyxboxException;

/**
 * Thrown at start-up if the tables shall be migrated and Flyway or its PostgreSQL module
 * is not on the class path.
 */
public class FlywayMissingException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	FlywayMissingException() {
		super("'pyxbox.schema.mode' is 'migrate', but Flyway with its PostgreSQL module is not on the class path");
	}

}
