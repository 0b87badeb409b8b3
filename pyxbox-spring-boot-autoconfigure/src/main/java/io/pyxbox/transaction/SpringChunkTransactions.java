package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import io.pyxbox.dispatch.ChunkTransactions;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Transactions of Spring's for chunks of events, each event in a nested one. Listeners
 * take part in them as in any other, with {@code @Transactional} or without.
 * <p>
 * With Spring's own transaction manager for JDBC the chunks get a private one of the same
 * kind, for the same {@code DataSource}, with lazy savepoints. Any other manager is used
 * as it is; one that cannot nest (JPA) does not isolate. Thread-safe.
 */
public final class SpringChunkTransactions implements ChunkTransactions {

	private static final TransactionDefinition CHUNK = new DefaultTransactionDefinition(
			TransactionDefinition.PROPAGATION_REQUIRES_NEW);

	private static final TransactionDefinition NESTED = new DefaultTransactionDefinition(
			TransactionDefinition.PROPAGATION_NESTED);

	private final PlatformTransactionManager transactionManager;

	private final DataSource dataSource;

	private final boolean canIsolate;

	/**
	 * Creates transactions.
	 * @param transactionManager the application's transaction manager
	 * @param dataSource the outbox's {@code DataSource}, as the manager knows it
	 */
	public SpringChunkTransactions(PlatformTransactionManager transactionManager, DataSource dataSource) {
		this.transactionManager = withLazySavepoints(transactionManager, dataSource);
		this.dataSource = dataSource;
		this.canIsolate = this.transactionManager instanceof DataSourceTransactionManager manager
				&& manager.isNestedTransactionAllowed();
	}

	private static PlatformTransactionManager withLazySavepoints(PlatformTransactionManager manager,
			DataSource dataSource) {
		Class<?> type = manager.getClass();
		// A subclass may do more than we know of.
		if (type != DataSourceTransactionManager.class && type != JdbcTransactionManager.class) {
			return manager;
		}
		DataSourceTransactionManager original = (DataSourceTransactionManager) manager;
		JdbcTransactionManager lazy = new JdbcTransactionManager(new LazySavepointDataSource(dataSource));
		lazy.setDefaultTimeout(original.getDefaultTimeout());
		lazy.setTransactionExecutionListeners(original.getTransactionExecutionListeners());
		return lazy;
	}

	@Override
	public <T> T execute(ChunkWork<T> work) throws Exception {
		TransactionStatus status = this.transactionManager.getTransaction(CHUNK);
		T result;
		try {
			Connection connection = DataSourceUtils.getConnection(this.dataSource);
			try {
				result = work.run(new Scope(connection, status));
			}
			finally {
				DataSourceUtils.releaseConnection(connection, this.dataSource);
			}
		}
		catch (Throwable ex) {
			rollback(status, ex);
			throw ex;
		}
		this.transactionManager.commit(status);
		return result;
	}

	private void rollback(TransactionStatus status, Throwable cause) {
		try {
			this.transactionManager.rollback(status);
		}
		catch (RuntimeException ex) {
			cause.addSuppressed(ex);
		}
	}

	/**
	 * One chunk's transaction.
	 */
	private final class Scope implements ChunkScope {

		private final Connection connection;

		private final TransactionStatus status;

		Scope(Connection connection, TransactionStatus status) {
			this.connection = connection;
			this.status = status;
		}

		@Override
		public Connection connection() {
			return this.connection;
		}

		@Override
		public boolean canIsolate() {
			return SpringChunkTransactions.this.canIsolate;
		}

		@Override
		public int savepoints() {
			return LazySavepoints.count(this.connection);
		}

		@Override
		public void isolated(Action action) throws IsolatedFailure, ChunkFailure {
			PlatformTransactionManager manager = SpringChunkTransactions.this.transactionManager;
			TransactionStatus nested = manager.getTransaction(NESTED);
			int callbacks = TransactionSynchronizationManager.getSynchronizations().size();
			try {
				action.run();
				requireUsable();
			}
			catch (Throwable ex) {
				rollback(nested, ex);
				throw failure(ex, callbacks);
			}
			try {
				manager.commit(nested);
			}
			catch (UnexpectedRollbackException ex) {
				// The listener swallowed the exception of a @Transactional method.
				throw failure(ex, callbacks);
			}
		}

		private void rollback(TransactionStatus nested, Throwable cause) {
			try {
				SpringChunkTransactions.this.transactionManager.rollback(nested);
			}
			catch (RuntimeException ex) {
				ex.addSuppressed(cause);
				throw ex;
			}
		}

		/**
		 * Callbacks that the action registered would be called when the chunk commits,
		 * although it was rolled back; and there is no way to take them back.
		 */
		private IsolatedFailure failure(Throwable reason, int callbacksBefore) throws ChunkFailure {
			if (TransactionSynchronizationManager.getSynchronizations().size() > callbacksBefore) {
				throw new ChunkFailure(reason);
			}
			return new IsolatedFailure(reason);
		}

		/** A listener may have swallowed the exception of a failed statement. */
		private void requireUsable() throws SQLException {
			if (TransactionStates.isFailed(LazySavepoints.unwrap(this.connection))) {
				throw new SQLException("A statement failed and the listener went on as if it had not: "
						+ "PostgreSQL has given up the transaction", "25P02");
			}
		}

		@Override
		public void flush() {
			this.status.flush();
		}

	}

}
