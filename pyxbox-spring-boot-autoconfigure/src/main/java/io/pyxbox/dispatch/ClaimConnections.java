package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import javax.sql.DataSource;

/**
 * Connections outside any Spring transaction, for those who hold a claim while they wait
 * for somebody else.
 */
final class ClaimConnections {

	private final DataSource dataSource;

	private final int networkTimeoutMillis;

	/**
	 * Creates connections.
	 * @param networkTimeout how long a statement waits for a server that has fallen
	 * silent
	 */
	ClaimConnections(DataSource dataSource, Duration networkTimeout) {
		this.dataSource = dataSource;
		this.networkTimeoutMillis = Math.toIntExact(networkTimeout.toMillis());
	}

	/** Runs work that commits by itself what it wants to keep. */
	<T> T inTransaction(Work<T> work) throws SQLException {
		return run(false, work);
	}

	/** Runs work each of whose statements is a transaction of its own. */
	<T> T inAutoCommit(Work<T> work) throws SQLException {
		return run(true, work);
	}

	private <T> T run(boolean autoCommit, Work<T> work) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			boolean before = connection.getAutoCommit();
			int timeoutBefore = connection.getNetworkTimeout();
			connection.setNetworkTimeout(Runnable::run, this.networkTimeoutMillis);
			connection.setAutoCommit(autoCommit);
			T result;
			try {
				result = work.run(connection);
			}
			catch (Throwable ex) {
				restoreAfter(ex, connection, before, timeoutBefore);
				throw ex;
			}
			restore(connection, before, timeoutBefore);
			return result;
		}
	}

	/** What went wrong first is what has to be known. */
	private static void restoreAfter(Throwable failure, Connection connection, boolean autoCommit, int timeout) {
		try {
			restore(connection, autoCommit, timeout);
		}
		catch (SQLException ex) {
			failure.addSuppressed(ex);
		}
	}

	private static void restore(Connection connection, boolean autoCommit, int timeout) throws SQLException {
		if (!connection.isClosed()) {
			if (!connection.getAutoCommit()) {
				connection.rollback();
			}
			connection.setAutoCommit(autoCommit);
			connection.setNetworkTimeout(Runnable::run, timeout);
		}
	}

	/**
	 * What runs on a connection.
	 *
	 * @param <T> its result
	 */
	@FunctionalInterface
	interface Work<T> {

		T run(Connection connection) throws SQLException;

	}

}
