package io.pyxbox.emit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiFunction;
import java.util.function.IntSupplier;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.InboxMessage;
import io.pyxbox.TransactionRequiredException;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.store.Buckets;
import io.pyxbox.store.NewEvent;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Emits events in the ambient transaction of the calling thread.
 *
 * @see PendingEvents what happens until the commit
 * @see io.pyxbox.store.EventAppender the next step
 */
public final class DefaultTransactionalOutbox implements TransactionalOutbox {

	private final EventFactory factory;

	private final EventWriter writer;

	private final boolean requireTransaction;

	/**
	 * Creates an outbox.
	 * @param factory makes rows of events
	 * @param writer writes them
	 * @param requireTransaction whether emitting without a transaction is refused
	 */
	public DefaultTransactionalOutbox(EventFactory factory, EventWriter writer, boolean requireTransaction) {
		this.factory = factory;
		this.writer = writer;
		this.requireTransaction = requireTransaction;
	}

	@Override
	public EventId emit(Object event, EmitOptions options) {
		return emit(Collections.singletonList(event), options).get(0);
	}

	@Override
	public List<EventId> emitAll(Collection<?> events) {
		return events.isEmpty() ? List.of() : emit(events, EmitOptions.none());
	}

	/**
	 * Returns what transaction managers of the outbox's {@code DataSource} have to be
	 * given. The outbox then takes part in a transaction from its beginning: the events
	 * of one are written by one statement, and a first emit that a persistence context
	 * makes while the commit flushes it, or one from an {@code afterCommit} callback, is
	 * recognised for what it is. Transactions that it is not told of get their events one
	 * by one, with the same fate.
	 * @return a listener for transaction managers
	 */
	public TransactionExecutionListener transactionListener() {
		return new TransactionExecutionListener() {

			@Override
			public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
				if (beginFailure == null && TransactionSynchronizationManager.isSynchronizationActive()) {
					begin(transaction);
				}
			}

		};
	}

	private void begin(TransactionExecution begun) {
		Object transaction = this.writer.currentTransaction();
		if (transaction != null) {
			Runnable flush = (begun instanceof TransactionStatus status) ? status::flush : () -> {
			};
			PendingEvents.begin(transaction, begun.isReadOnly(), flush, this.writer);
		}
	}

	private List<EventId> emit(Collection<?> events, EmitOptions options) {
		return write(events, (event, bucket) -> this.factory.create(event, options, bucket));
	}

	/**
	 * Stores messages from elsewhere, as they are, as events.
	 * @param messages the messages
	 * @throws io.pyxbox.InvalidEventException if one of them cannot be stored; none is
	 * then
	 */
	public void store(Collection<InboxMessage> messages) {
		write(messages, this.factory::create);
	}

	private <E> List<EventId> write(Collection<E> events, BiFunction<E, Integer, NewEvent> maker) {
		Object transaction = this.writer.currentTransaction();
		PendingEvents pending = (transaction != null) ? PendingEvents.of(transaction) : null;
		boolean completed = pending != null && pending.isCompleted();
		requireAllowed(transaction != null && !completed, isReadOnly(transaction, pending));
		if (pending != null && !completed) {
			List<NewEvent> created = create(events, maker, pending::nextBucketWithoutKey);
			pending.add(created);
			return ids(created);
		}
		int bucket = ThreadLocalRandom.current().nextInt(Buckets.COUNT);
		List<NewEvent> created = create(events, maker, () -> bucket);
		if (completed) {
			this.writer.afterTransaction(created);
		}
		else if (transaction != null) {
			this.writer.inTransaction(created);
			this.writer.signalAfterCommit(created);
		}
		else {
			this.writer.inOwnTransaction(created);
		}
		return ids(created);
	}

	private static boolean isReadOnly(@Nullable Object transaction, @Nullable PendingEvents pending) {
		return (pending != null) ? pending.isReadOnly() && !pending.isCompleted()
				: transaction != null && TransactionSynchronizationManager.isCurrentTransactionReadOnly();
	}

	private static <E> List<NewEvent> create(Collection<E> events, BiFunction<E, Integer, NewEvent> maker,
			IntSupplier bucketWithoutKey) {
		List<NewEvent> created = new ArrayList<>(events.size());
		for (E event : events) {
			created.add(maker.apply(event, bucketWithoutKey.getAsInt()));
		}
		return created;
	}

	private void requireAllowed(boolean inTransaction, boolean readOnly) {
		if (readOnly) {
			throw new TransactionRequiredException("An event cannot be emitted in a read-only transaction. "
					+ "Remove readOnly = true, or emit in a method with @Transactional(propagation = REQUIRES_NEW).");
		}
		if (this.requireTransaction && !inTransaction) {
			throw new TransactionRequiredException("There is no active transaction of the outbox's DataSource to emit "
					+ "the event in. Call emit from a @Transactional method (not from another method of the same "
					+ "bean, which bypasses its proxy), or set 'pyxbox.outbox.require-transaction' to false.");
		}
	}

	private static List<EventId> ids(List<NewEvent> events) {
		return events.stream().map(NewEvent::eventId).toList();
	}

}
