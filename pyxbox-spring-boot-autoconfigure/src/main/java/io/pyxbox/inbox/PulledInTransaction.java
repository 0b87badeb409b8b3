package io.pyxbox.inbox;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.dispatch.PulledChunk;
import io.pyxbox.dispatch.Puller;
import io.pyxbox.transaction.OutboxTransactions;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The events that were pulled in a transaction of the caller's. They are completed when
 * it is about to commit, and not sooner: completing locks their rows, which the other
 * consumers of the events would have to wait for. What was pulled after a savepoint is
 * given back if the transaction rolls back to it.
 */
final class PulledInTransaction implements TransactionSynchronization {

	private final Key key;

	private final Puller puller;

	private final OutboxTransactions transactions;

	private final List<Pulled> pulled = new ArrayList<>();

	private final Map<Object, Integer> savepoints = new IdentityHashMap<>();

	private PulledInTransaction(Key key, Puller puller, OutboxTransactions transactions) {
		this.key = key;
		this.puller = puller;
		this.transactions = transactions;
	}

	/** What was pulled in a transaction of the calling thread so far. */
	static PulledInTransaction of(Object transaction, Puller puller, OutboxTransactions transactions) {
		Key key = new Key(transaction, puller);
		@Nullable PulledInTransaction known = (PulledInTransaction) TransactionSynchronizationManager.getResource(key);
		if (known != null) {
			return known;
		}
		PulledInTransaction begun = new PulledInTransaction(key, puller, transactions);
		TransactionSynchronizationManager.bindResource(key, begun);
		TransactionSynchronizationManager.registerSynchronization(begun);
		return begun;
	}

	Set<Long> ids(ConsumerId consumer) {
		Set<Long> ids = new HashSet<>();
		this.pulled.stream()
			.filter((each) -> each.consumer().equals(consumer))
			.forEach((each) -> ids.addAll(each.chunk().ids()));
		return ids;
	}

	void add(ConsumerId consumer, PulledChunk chunk) {
		this.pulled.add(new Pulled(consumer, chunk));
	}

	@Override
	public void savepoint(Object savepoint) {
		this.savepoints.put(savepoint, this.pulled.size());
	}

	@Override
	public void savepointRollback(Object savepoint) {
		int size = this.savepoints.getOrDefault(savepoint, 0);
		if (size < this.pulled.size()) {
			this.pulled.subList(size, this.pulled.size()).clear();
		}
	}

	@Override
	public void beforeCommit(boolean readOnly) {
		if (!this.pulled.isEmpty()) {
			this.transactions.inAmbient("Completing pulled events",
					(connection) -> this.puller.complete(connection, this.pulled.stream().map(Pulled::chunk).toList()));
		}
	}

	@Override
	public void afterCompletion(int status) {
		TransactionSynchronizationManager.unbindResourceIfPossible(this.key);
		if (status == STATUS_COMMITTED) {
			this.pulled.forEach((each) -> this.puller.tell(each.chunk()));
		}
	}

	/**
	 * Under which it is found again.
	 *
	 * @param transaction the transaction
	 * @param puller of which outbox
	 */
	private record Key(Object transaction, Puller puller) {
	}

	/**
	 * What was pulled at once.
	 *
	 * @param consumer for which consumer
	 * @param chunk the events
	 */
	private record Pulled(ConsumerId consumer, PulledChunk chunk) {
	}

}
