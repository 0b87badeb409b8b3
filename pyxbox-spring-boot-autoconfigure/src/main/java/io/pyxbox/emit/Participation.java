package io.pyxbox.emit;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.TransactionSynchronization;

/**
 * That the outbox takes part in a transaction of its {@code DataSource}, from its begin
 * until it has completed; for what else belongs to the same transaction. Used by the
 * transaction's thread only.
 */
public interface Participation {

	/**
	 * Finds it.
	 * @param transaction what stands for the transaction
	 * @return the participation, or {@code null} if the outbox was not told of its begin
	 */
	static @Nullable Participation in(Object transaction) {
		return PendingEvents.of(transaction);
	}

	/**
	 * Tells whether the transaction is about to commit.
	 * @return whether all who take part have had their turn before the commit
	 */
	boolean isCommitting();

	/**
	 * Tells whether there is no transaction any more.
	 * @return whether it was committed or rolled back
	 */
	boolean isCompleted();

	/**
	 * Has somebody else take part. Before the commit it has its turn after persistence
	 * contexts were flushed and events were written.
	 * @param <T> its type
	 * @param key under which it is found again
	 * @param type its type
	 * @param creator creates it if it does not take part yet
	 * @return who is told of savepoints, of the commit and of the completion
	 */
	<T extends TransactionSynchronization> T participant(Object key, Class<T> type, Supplier<T> creator);

}
