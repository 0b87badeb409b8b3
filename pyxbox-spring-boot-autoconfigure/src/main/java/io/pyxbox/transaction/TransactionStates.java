package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.SQLException;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.postgresql.PGConnection;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;
import org.postgresql.jdbc.AutoSave;

/**
 * What the driver knows of a transaction, without asking the server, and can do about it.
 */
final class TransactionStates {

	private static final Log logger = LogFactory.getLog(TransactionStates.class);

	private TransactionStates() {
	}

	/** A statement failed, and PostgreSQL refuses all others until a rollback. */
	static boolean isFailed(Connection connection) throws SQLException {
		return is(TransactionState.FAILED, connection);
	}

	/** There is no transaction, although there was one. */
	static boolean hasEnded(Connection connection) throws SQLException {
		return is(TransactionState.IDLE, connection);
	}

	private static boolean is(TransactionState state, Connection connection) throws SQLException {
		return connection.isWrapperFor(BaseConnection.class)
				&& connection.unwrap(BaseConnection.class).getTransactionState() == state;
	}

	/**
	 * Whether the driver executes nothing but what it is told to: it neither sets
	 * savepoints of its own, and rolls back to them, nor has texts described before they
	 * are executed.
	 */
	static boolean executesAsToldTo(Connection connection) throws SQLException {
		if (!connection.isWrapperFor(PGConnection.class)) {
			return false;
		}
		PGConnection driver = connection.unwrap(PGConnection.class);
		return driver.getAutosave() == AutoSave.NEVER && driver.getPrepareThreshold() >= 0;
	}

	/** Asks the server to cancel what the connection is executing. */
	static void cancelStatement(Connection connection) {
		try {
			if (connection.isWrapperFor(BaseConnection.class)) {
				connection.unwrap(BaseConnection.class).cancelQuery();
			}
		}
		catch (SQLException ex) {
			logger.debug("A statement could not be cancelled", ex);
		}
	}

}
