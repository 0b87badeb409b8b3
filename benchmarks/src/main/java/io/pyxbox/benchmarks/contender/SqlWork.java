package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * What a business transaction does.
 */
@FunctionalInterface
public interface SqlWork {

	/**
	 * Does it.
	 * @param connection the connection of the transaction
	 * @throws SQLException if it fails
	 */
	void run(Connection connection) throws SQLException;

}
