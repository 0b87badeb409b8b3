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
		return connection.isWrapperFor(BaseConnection.class)
				&& connection.unwrap(BaseConnection.class).getTransactionState() == TransactionState.FAILED;
	}

	/** Whether the driver sets savepoints of its own, and rolls back to them. */
	static boolean hasAutosave(Connection connection) throws SQLException {
		return !connection.isWrapperFor(PGConnection.class)
				|| connection.unwrap(PGConnection.class).getAutosave() != AutoSave.NEVER;
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
