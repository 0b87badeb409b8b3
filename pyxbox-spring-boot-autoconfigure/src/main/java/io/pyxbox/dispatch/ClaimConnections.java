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
			try {
				return work.run(connection);
			}
			finally {
				if (!connection.isClosed()) {
					if (!autoCommit) {
						connection.rollback();
					}
					connection.setAutoCommit(before);
					connection.setNetworkTimeout(Runnable::run, timeoutBefore);
				}
			}
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
