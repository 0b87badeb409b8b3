package io.pyxbox.schema;

import java.util.List;

import io.pyxbox.PyxboxException;
import io.pyxbox.store.EventTable;

/**
 * Thrown at start-up if the tables are missing or not as this version of pyxbox needs
 * them.
 */
public class SchemaMismatchException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private final transient EventTable table;

	SchemaMismatchException(EventTable table, List<String> problems) {
		super("The tables of pyxbox are not as this version needs them: " + String.join("; ", problems));
		this.table = table;
	}

	/**
	 * Returns the names that were looked for.
	 * @return the tables
	 */
	public EventTable getTable() {
		return this.table;
	}

}
