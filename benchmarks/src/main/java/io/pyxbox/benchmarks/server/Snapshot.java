package io.pyxbox.benchmarks.server;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

import io.pyxbox.testdatabase.TestDatabase;

/**
 * Somebody else's long transaction: what is deleted while it is open cannot be vacuumed.
 */
public final class Snapshot {

	private final Connection connection;

	private Snapshot(Connection connection) {
		this.connection = connection;
	}

	static Snapshot open(TestDatabase database) {
		try {
			Connection connection = database.dataSource().getConnection();
			connection.setAutoCommit(false);
			connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
			try (Statement statement = connection.createStatement()) {
				statement.execute("SELECT count(*) FROM effects");
			}
			return new Snapshot(connection);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Ends the transaction.
	 */
	public void end() {
		try {
			this.connection.close();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
