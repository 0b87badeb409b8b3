package io.pyxbox.transaction;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Supplier;

import javax.sql.DataSource;

import io.pyxbox.PyxboxException;
import io.pyxbox.dispatch.ChunkTransactions;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.UnexpectedRollbackException;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.util.function.SingletonSupplier;

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

	private final SingletonSupplier<PlatformTransactionManager> transactionManager;

	private final DataSource dataSource;

	private final int networkTimeoutMillis;

	/**
	 * Creates transactions.
	 * @param transactionManager the application's transaction manager, asked for when the
	 * first chunk is delivered: application contexts create it late
	 * @param dataSource the outbox's {@code DataSource}, as the manager knows it
	 * @param networkTimeout how long the engine's own statements wait for a server that
	 * has fallen silent
	 */
	public SpringChunkTransactions(Supplier<PlatformTransactionManager> transactionManager, DataSource dataSource,
			Duration networkTimeout) {
		this.networkTimeoutMillis = Math.toIntExact(networkTimeout.toMillis());
		this.transactionManager = SingletonSupplier.of(() -> withLazySavepoints(transactionManager.get(), dataSource));
		this.dataSource = dataSource;
	}

	private PlatformTransactionManager manager() {
		return this.transactionManager.obtain();
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
		PlatformTransactionManager manager = manager();
		TransactionStatus status = manager.getTransaction(CHUNK);
		T result;
		try {
			Connection connection = DataSourceUtils.getConnection(this.dataSource);
			try {
				requireTransactional(connection, manager);
				Scope scope = new Scope(connection, status);
				TransactionSynchronizationManager.registerSynchronization(scope.new AfterCommit());
				result = work.run(scope);
			}
			finally {
				DataSourceUtils.releaseConnection(connection, this.dataSource);
			}
		}
		catch (Throwable ex) {
			rollback(status, ex);
			throw ex;
		}
		manager.commit(status);
		return result;
	}

	/** Without a transaction the lock would end as soon as it is taken. */
	private static void requireTransactional(Connection connection, PlatformTransactionManager manager)
			throws SQLException {
		if (connection.getAutoCommit()) {
			throw new PyxboxException("The transaction manager " + manager
					+ " does not begin transactions of the outbox's DataSource. Annotate the one that does with "
					+ "@PyxboxTransactionManager.");
		}
	}

	private void rollback(TransactionStatus status, Throwable cause) {
		try {
			manager().rollback(status);
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

		private int nested;

		private @Nullable Integer timeoutBefore;

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
			return manager() instanceof DataSourceTransactionManager manager && manager.isNestedTransactionAllowed();
		}

		@Override
		public int savepoints() {
			return LazySavepoints.isLazy(this.connection) ? LazySavepoints.count(this.connection) : this.nested;
		}

		@Override
		public void isolated(Action action, boolean hasFailedBefore) throws IsolatedFailure, ChunkFailure {
			PlatformTransactionManager manager = manager();
			LazySavepoints.eventFollows(this.connection);
			TransactionStatus nested = manager.getTransaction(NESTED);
			this.nested++;
			int callbacks = TransactionSynchronizationManager.getSynchronizations().size();
			try {
				if (hasFailedBefore) {
					LazySavepoints.tell(this.connection);
				}
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

		private void rollback(TransactionStatus nested, Throwable cause) throws ChunkFailure {
			try {
				manager().rollback(nested);
			}
			catch (RuntimeException ex) {
				cause.addSuppressed(ex);
				throw new ChunkFailure(cause);
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

		@Override
		public void requireUsable() throws SQLException {
			Connection unwrapped = LazySavepoints.unwrap(this.connection);
			if (isConnectionLost()) {
				throw new SQLException("The connection was lost and the listener went on as if it had not been",
						"08003");
			}
			if (TransactionStates.isFailed(unwrapped) || LazySavepoints.areInDoubt(this.connection)) {
				throw new SQLException("A statement failed and the listener went on as if it had not: "
						+ "PostgreSQL has given up the transaction", "25P02");
			}
			if (TransactionStates.hasEnded(unwrapped)) {
				throw new SQLException("The listener has ended the transaction that is not its own: "
						+ "throw an exception to roll it back", "25P01");
			}
		}

		@Override
		public void flush() {
			this.status.flush();
		}

		@Override
		public boolean isConnectionLost() {
			try {
				return LazySavepoints.unwrap(this.connection).isClosed();
			}
			catch (SQLException ex) {
				return true;
			}
		}

		@Override
		public void cancel() {
			TransactionStates.cancelStatement(LazySavepoints.unwrap(this.connection));
		}

		@Override
		public void ownStatementsFollow() throws SQLException {
			Connection unwrapped = LazySavepoints.unwrap(this.connection);
			if (this.timeoutBefore == null) {
				this.timeoutBefore = unwrapped.getNetworkTimeout();
				unwrapped.setNetworkTimeout(Runnable::run, SpringChunkTransactions.this.networkTimeoutMillis);
			}
		}

		@Override
		public void listenerFollows() throws SQLException {
			if (this.timeoutBefore != null) {
				LazySavepoints.unwrap(this.connection).setNetworkTimeout(Runnable::run, this.timeoutBefore);
				this.timeoutBefore = null;
			}
		}

		/**
		 * The commit is the last of the engine's statements.
		 */
		private final class AfterCommit implements TransactionSynchronization {

			@Override
			public void afterCompletion(int status) {
				try {
					if (!LazySavepoints.unwrap(Scope.this.connection).isClosed()) {
						listenerFollows();
					}
				}
				catch (SQLException ex) {
					// Nobody will use the connection any more.
				}
			}

		}

	}

}
