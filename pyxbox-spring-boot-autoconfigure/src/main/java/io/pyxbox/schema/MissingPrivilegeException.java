package io.pyxbox.schema;

import java.util.ArrayList;
import java.util.List;

import io.pyxbox.PyxboxException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown at start-up if a role may not do what it has to: create the tables, or use them.
 */
public class MissingPrivilegeException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private final boolean migrating;

	private final ArrayList<String> grants;

	MissingPrivilegeException(String message, boolean migrating, List<String> grants, @Nullable Throwable cause) {
		super(message, cause);
		this.migrating = migrating;
		this.grants = new ArrayList<>(grants);
	}

	/**
	 * Returns whether the role was to create the tables, or only to use them.
	 * @return {@code true} if another role could migrate instead
	 */
	public boolean isMigrating() {
		return this.migrating;
	}

	/**
	 * Returns what a role with the right to do so can run to mend it.
	 * @return SQL statements, without semicolons
	 */
	public List<String> getGrants() {
		return List.copyOf(this.grants);
	}

}
