package io.pyxbox.autoconfigure;

import java.util.Collection;

import io.pyxbox.PyxboxException;

/**
 * Thrown at start-up if there is no {@code DataSource}, or several without a choice.
 */
class OutboxDataSourceException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	private final String action;

	private OutboxDataSourceException(String message, String action) {
		super(message);
		this.action = action;
	}

	static OutboxDataSourceException none() {
		String message = "pyxbox keeps events in the application's database, but there is no DataSource bean";
		return new OutboxDataSourceException(message, """
				Set 'spring.datasource.url' to a PostgreSQL database, or declare a DataSource bean. An application \
				without a database has no use for pyxbox: take its starter off the class path.""");
	}

	static OutboxDataSourceException several(Collection<String> names) {
		String message = "pyxbox found several DataSource beans and cannot choose: " + String.join(", ", names);
		return new OutboxDataSourceException(message, """
				Annotate the one whose transactions emit events with @PyxboxDataSource \
				(io.pyxbox.autoconfigure.PyxboxDataSource), or mark it as @Primary.""");
	}

	String getAction() {
		return this.action;
	}

}
