package io.pyxbox.operate;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

import io.pyxbox.store.DeadLetterStore;
import io.pyxbox.transaction.OutboxTransactions;

/**
 * Runs what operators do: in the calling thread's transaction of the outbox's
 * {@code DataSource}, or step by step in transactions of its own. Thread-safe.
 */
final class Steps {

	private static final int SIZE = 500;

	private final OutboxTransactions transactions;

	Steps(OutboxTransactions transactions) {
		this.transactions = transactions;
	}

	boolean joinTransaction() {
		return this.transactions.current() != null;
	}

	/**
	 * How many rows to work on by one step. In the caller's transaction all of them: it
	 * has to hold the locks of all anyway, and only one statement takes them in order.
	 */
	int size() {
		return joinTransaction() ? Integer.MAX_VALUE : SIZE;
	}

	/** Executes one step. In a transaction of its own it is committed on return. */
	<T> T execute(Step<T> step) {
		List<T> result = new ArrayList<>(1);
		if (joinTransaction()) {
			this.transactions.inAmbient((connection) -> result.add(step.execute(connection)));
		}
		else {
			this.transactions.inOwn((connection) -> {
				DeadLetterStore.readCommitted(connection);
				result.add(step.execute(connection));
			});
		}
		return result.get(0);
	}

	/**
	 * What is done by one step.
	 *
	 * @param <T> what it returns
	 */
	@FunctionalInterface
	interface Step<T> {

		T execute(Connection connection) throws SQLException;

	}

}
