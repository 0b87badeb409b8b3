package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.jdbc.datasource.ConnectionHolder;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Finds out which transaction an emitted event belongs to, and writes in it or in one of
 * its own. Thread-safe; all questions are about the calling thread.
 */
public final class OutboxTransactions {

	private static final String STORING = "Storing events in the outbox";

	private final DataSource dataSource;

	private final JdbcTransactions jdbc;

	private final TransactionTemplate ownTransaction;

	/**
	 * Creates the transactions of an outbox.
	 * @param dataSource the outbox's {@code DataSource}, as transaction managers know it
	 */
	public OutboxTransactions(DataSource dataSource) {
		this.dataSource = dataSource;
		this.jdbc = new JdbcTransactions(dataSource);
		this.ownTransaction = new TransactionTemplate(this.jdbc,
				new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRED));
	}

	/**
	 * Returns what stands for the calling thread's transaction of the outbox's
	 * {@code DataSource}: the same object from its begin until it has been cleaned up,
	 * also while transactions of other resources are begun and ended in between.
	 * @return the transaction, or {@code null} if there is none
	 */
	public @Nullable Object current() {
		ConnectionHolder holder = holder();
		return (holder != null && isTransactional(holder)) ? holder : null;
	}

	/**
	 * Writes in the ambient transaction.
	 * @param work what to write
	 */
	public void inAmbient(Work work) {
		inAmbient(STORING, work);
	}

	/**
	 * Works in the ambient transaction.
	 * @param task what is done, for messages
	 * @param work does it
	 */
	public void inAmbient(String task, Work work) {
		Connection connection = DataSourceUtils.getConnection(this.dataSource);
		try {
			work.run(connection);
		}
		catch (SQLException ex) {
			throw translate(task, ex);
		}
		finally {
			DataSourceUtils.releaseConnection(connection, this.dataSource);
		}
	}

	/**
	 * Writes and commits, on the connection of an ambient transaction that has completed:
	 * it is still held, and a second one might not be to be had.
	 * @param work what to write
	 */
	public void afterAmbient(Work work) {
		inAmbient((connection) -> {
			work.run(connection);
			if (!connection.getAutoCommit()) {
				connection.commit();
			}
		});
	}

	/**
	 * Writes in a transaction of its own and commits it.
	 * @param work what to write
	 */
	public void inOwn(Work work) {
		this.ownTransaction.executeWithoutResult((status) -> inAmbient(work));
	}

	/**
	 * Translates an exception of the database.
	 * @param task what failed, for the message
	 * @param ex the exception
	 * @return an exception of Spring's hierarchy
	 */
	public RuntimeException translate(String task, SQLException ex) {
		DataAccessException translated = new SQLExceptionSubclassTranslator().translate(task, null, ex);
		return (translated != null) ? translated : new UncategorizedSQLException(task, null, ex);
	}

	private @Nullable ConnectionHolder holder() {
		return (ConnectionHolder) TransactionSynchronizationManager.getResource(this.dataSource);
	}

	/**
	 * A JDBC transaction marks the connection that it holds. One of JPA's does not, but
	 * neither does it have Spring close it with the transaction, as happens to
	 * connections that were merely used during a transaction of some other resource.
	 */
	private boolean isTransactional(ConnectionHolder holder) {
		if (this.jdbc.isActive()) {
			return true;
		}
		try {
			return !holder.isSynchronizedWithTransaction() && !holder.getConnection().getAutoCommit();
		}
		catch (SQLException ex) {
			throw translate(STORING, ex);
		}
	}

	/**
	 * What is written.
	 */
	@FunctionalInterface
	public interface Work {

		/**
		 * Writes.
		 * @param connection the connection
		 * @throws SQLException if the database refuses
		 */
		void run(Connection connection) throws SQLException;

	}

	/**
	 * Spring's transaction manager for JDBC, private to the outbox; also asked whether a
	 * transaction of its kind is active.
	 */
	private static final class JdbcTransactions extends DataSourceTransactionManager {

		private static final long serialVersionUID = 1L;

		JdbcTransactions(DataSource dataSource) {
			super(dataSource);
		}

		boolean isActive() {
			return isExistingTransaction(doGetTransaction());
		}

	}

}
