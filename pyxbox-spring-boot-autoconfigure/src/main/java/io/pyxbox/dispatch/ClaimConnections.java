package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

/**
 * Connections outside any Spring transaction, for those who hold a claim while they wait
 * for somebody else.
 */
final class ClaimConnections {

	private final DataSource dataSource;

	ClaimConnections(DataSource dataSource) {
		this.dataSource = dataSource;
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
