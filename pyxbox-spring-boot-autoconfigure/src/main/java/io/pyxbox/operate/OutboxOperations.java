package io.pyxbox.operate;

import java.util.Collection;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetters;
import io.pyxbox.OutboxConsumers;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Subscription;
import io.pyxbox.transaction.OutboxTransactions;

/**
 * What people can do about an outbox. Thread-safe, and so is what it returns.
 */
public final class OutboxOperations {

	private final EventTable table;

	private final OutboxTransactions transactions;

	private final Supplier<Map<ConsumerId, Subscription>> declared;

	/**
	 * Creates the operations of an outbox.
	 * @param table the outbox's tables
	 * @param transactions knows which transaction is joined
	 * @param declared what the consumers of this application take, asked for each time
	 */
	public OutboxOperations(EventTable table, OutboxTransactions transactions,
			Supplier<Map<ConsumerId, Subscription>> declared) {
		this.table = table;
		this.transactions = transactions;
		this.declared = declared;
	}

	/**
	 * Returns the dead letters of the outbox.
	 * @param wakeUp is told, after the commit, which consumer has something to go on
	 * with, and in which buckets
	 * @return the dead letters
	 */
	public DeadLetters deadLetters(BiConsumer<ConsumerId, Collection<Integer>> wakeUp) {
		return new DefaultDeadLetters(this.table, this.transactions, this.declared, wakeUp);
	}

	/**
	 * Returns the consumers of the outbox.
	 * @return the consumers
	 */
	public OutboxConsumers consumers() {
		return new DefaultOutboxConsumers(this.table, this.transactions, this.declared);
	}

}
