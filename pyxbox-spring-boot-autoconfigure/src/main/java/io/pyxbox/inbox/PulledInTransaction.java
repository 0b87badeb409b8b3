package io.pyxbox.inbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.PyxboxException;
import io.pyxbox.dispatch.DeliveryTarget;
import io.pyxbox.dispatch.PulledChunk;
import io.pyxbox.dispatch.Puller;
import io.pyxbox.emit.Participation;
import io.pyxbox.store.PulledBefore;
import io.pyxbox.transaction.OutboxTransactions;

import org.springframework.transaction.support.TransactionSynchronization;

/**
 * The events that were pulled in a transaction of the caller's. They are completed when
 * it is about to commit, and not sooner: completing locks their rows, which the other
 * consumers of the events would have to wait for. What was pulled after a savepoint is
 * given back if the transaction rolls back to it.
 */
final class PulledInTransaction implements TransactionSynchronization {

	/** Each of them has a lock, in a table of locks that all share. */
	static final int MAX_PULLED = 500;

	private final Puller puller;

	private final OutboxTransactions transactions;

	private final List<Pulled> pulled = new ArrayList<>();

	private final Map<Object, Savepoint> savepoints = new IdentityHashMap<>();

	/** The number of the last pull that was not rolled back. */
	private int last;

	/** No number comes twice, or what was rolled back could not be told. */
	private int drawn;

	private PulledInTransaction(Puller puller, OutboxTransactions transactions) {
		this.puller = puller;
		this.transactions = transactions;
	}

	/** What was pulled in a transaction of the calling thread so far. */
	static PulledInTransaction of(Participation transaction, Puller puller, OutboxTransactions transactions) {
		return transaction.participant(puller, PulledInTransaction.class,
				() -> new PulledInTransaction(puller, transactions));
	}

	PulledChunk pull(Connection connection, DeliveryTarget target) throws SQLException {
		if (this.pulled.size() >= MAX_PULLED) {
			throw new PyxboxException(
					"A transaction pulls " + MAX_PULLED + " events at most, for each of them is locked "
							+ "until it ends. Commit, and pull the others in another one.");
		}
		PulledBefore before = new PulledBefore(ids(target.consumer()), this.last, ++this.drawn);
		PulledChunk chunk = this.puller.pull(connection, target, 1, before, false);
		this.last = this.drawn;
		if (!chunk.isEmpty()) {
			this.pulled.add(new Pulled(target.consumer(), chunk));
		}
		return chunk;
	}

	private Set<Long> ids(ConsumerId consumer) {
		Set<Long> ids = new HashSet<>();
		this.pulled.stream()
			.filter((each) -> each.consumer().equals(consumer))
			.forEach((each) -> ids.addAll(each.chunk().ids()));
		return ids;
	}

	@Override
	public void savepoint(Object savepoint) {
		this.savepoints.put(savepoint, new Savepoint(this.pulled.size(), this.last));
	}

	@Override
	public void savepointRollback(Object savepoint) {
		Savepoint reached = this.savepoints.getOrDefault(savepoint, new Savepoint(0, 0));
		if (reached.size() < this.pulled.size()) {
			this.pulled.subList(reached.size(), this.pulled.size()).clear();
		}
		this.last = reached.last();
	}

	@Override
	public void beforeCommit(boolean readOnly) {
		if (!this.pulled.isEmpty()) {
			this.transactions.inAmbient("Completing pulled events", (connection) -> {
				this.puller.requireLast(connection, this.last);
				this.puller.complete(connection, this.pulled.stream().map(Pulled::chunk).toList());
			});
		}
	}

	@Override
	public void afterCompletion(int status) {
		if (status == STATUS_COMMITTED) {
			this.pulled.forEach((each) -> this.puller.tell(each.chunk()));
		}
	}

	/**
	 * What was pulled at once.
	 *
	 * @param consumer for which consumer
	 * @param chunk the events
	 */
	private record Pulled(ConsumerId consumer, PulledChunk chunk) {
	}

	/**
	 * What had been pulled when a savepoint was set.
	 *
	 * @param size how much
	 * @param last the number of the last pull
	 */
	private record Savepoint(int size, int last) {
	}

}
