package io.pyxbox.schema;

import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown at start-up if the tables could not be migrated. What had begun is rolled back.
 */
public class SchemaMigrationException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	SchemaMigrationException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
