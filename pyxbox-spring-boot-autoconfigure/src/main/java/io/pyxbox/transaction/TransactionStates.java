package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.SQLException;

import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * What the driver knows of a transaction, without asking the server.
 */
final class TransactionStates {

	private TransactionStates() {
	}

	/** A statement failed, and PostgreSQL refuses all others until a rollback. */
	static boolean isFailed(Connection connection) throws SQLException {
		return connection.isWrapperFor(BaseConnection.class)
				&& connection.unwrap(BaseConnection.class).getTransactionState() == TransactionState.FAILED;
	}

}
