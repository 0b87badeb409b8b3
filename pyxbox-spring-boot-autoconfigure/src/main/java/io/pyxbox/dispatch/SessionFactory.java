package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Opens connections that are kept for long, beside the application's pool.
 */
@FunctionalInterface
public interface SessionFactory {

	/**
	 * Opens a connection.
	 * @return the connection, in auto-commit mode, to be closed by the caller
	 * @throws SQLException if there is none to be had
	 */
	Connection open() throws SQLException;

}
