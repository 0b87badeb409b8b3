package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * The transactions in which transactional consumers receive their events.
 */
public interface ChunkTransactions {

	/**
	 * Runs work in a new transaction and commits it.
	 * @param <T> the work's result
	 * @param work the work
	 * @return its result
	 * @throws Exception if the work or the commit failed; the transaction is then rolled
	 * back, unless the connection broke while it committed
	 */
	<T> T execute(ChunkWork<T> work) throws Exception;

	/**
	 * What runs in a transaction.
	 *
	 * @param <T> its result
	 */
	@FunctionalInterface
	interface ChunkWork<T> {

		/**
		 * Runs.
		 * @param scope the transaction
		 * @return the result
		 * @throws Exception to roll back
		 */
		T run(ChunkScope scope) throws Exception;

	}

	/**
	 * The transaction as the work sees it.
	 */
	interface ChunkScope {

		/**
		 * Returns the transaction's connection.
		 * @return the connection; not to be closed
		 */
		Connection connection();

		/**
		 * Tells whether parts of the transaction can be rolled back on their own.
		 * @return whether {@link #isolated} may be called
		 */
		boolean canIsolate();

		/**
		 * Returns how many savepoints the transaction has needed so far.
		 * @return the number of savepoints the database knows of
		 */
		int savepoints();

		/**
		 * Runs an action such that all it does is rolled back if it fails.
		 * @param action the action
		 * @param hasFailedBefore whether it is likely to fail again: it costs a round
		 * trip more then, and in return its failure takes nothing with it, whatever it is
		 * @throws IsolatedFailure if it failed and was rolled back
		 * @throws ChunkFailure if it failed and only the whole transaction can be rolled
		 * back
		 */
		void isolated(Action action, boolean hasFailedBefore) throws IsolatedFailure, ChunkFailure;

		/**
		 * Requires that the transaction can go on: a listener may have swallowed the
		 * exception of a failed statement, or ended what is not its own.
		 * @throws SQLException if it cannot
		 */
		void requireUsable() throws SQLException;

		/**
		 * Writes what a persistence context may still hold back.
		 */
		void flush();

		/**
		 * Tells whether the transaction has lost its connection.
		 * @return whether nothing can be executed in it any more
		 */
		boolean isConnectionLost();

		/**
		 * Cancels the statement that the transaction's connection is executing, if any.
		 * To be called by another thread than the transaction's.
		 */
		void cancel();

		/**
		 * Bounds how long the engine's own statements wait for a server that has fallen
		 * silent, from now until {@link #listenerFollows()} or the end of the
		 * transaction.
		 * @throws SQLException if the connection is broken
		 */
		void ownStatementsFollow() throws SQLException;

		/**
		 * Ends what {@link #ownStatementsFollow()} began: what a listener executes may
		 * take as long as its application allows.
		 * @throws SQLException if the connection is broken
		 */
		void listenerFollows() throws SQLException;

	}

	/**
	 * Part of the work.
	 */
	@FunctionalInterface
	interface Action {

		/**
		 * Runs.
		 * @throws Exception if it failed
		 */
		void run() throws Exception;

	}

	/**
	 * Thrown for an action that failed and was rolled back on its own.
	 */
	class IsolatedFailure extends Exception {

		private static final long serialVersionUID = 1L;

		public IsolatedFailure(Throwable cause) {
			super(cause);
		}

		Throwable reason() {
			Throwable cause = getCause();
			return (cause != null) ? cause : this;
		}

	}

	/**
	 * Thrown for an action that failed and takes the whole transaction with it.
	 */
	class ChunkFailure extends Exception {

		private static final long serialVersionUID = 1L;

		public ChunkFailure(Throwable cause) {
			super(cause);
		}

		Throwable reason() {
			Throwable cause = getCause();
			return (cause != null) ? cause : this;
		}

	}

}
