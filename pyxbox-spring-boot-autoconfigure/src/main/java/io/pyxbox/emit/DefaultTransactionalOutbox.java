package io.pyxbox.emit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntSupplier;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.TransactionRequiredException;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.store.Buckets;
import io.pyxbox.store.NewEvent;
import io.pyxbox.transaction.OutboxTransactions.Ambient;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.TransactionExecution;
import org.springframework.transaction.TransactionExecutionListener;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Emits events in the ambient transaction of the calling thread.
 *
 * @see PendingEvents what happens until the commit
 * @see io.pyxbox.store.EventAppender the next step
 */
public final class DefaultTransactionalOutbox implements TransactionalOutbox, TransactionExecutionListener {

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
	 * Takes part in a transaction of the outbox's {@code DataSource} from its beginning:
	 * a first emit that a persistence context makes while the commit flushes it, or one
	 * from an {@code afterCommit} callback, is then recognised for what it is.
	 */
	@Override
	public void afterBegin(TransactionExecution transaction, @Nullable Throwable beginFailure) {
		if (beginFailure == null && !transaction.isReadOnly()
				&& TransactionSynchronizationManager.isSynchronizationActive()) {
			PendingEvents.begin(this, this.writer);
		}
	}

	private List<EventId> emit(Collection<?> events, EmitOptions options) {
		PendingEvents pending = PendingEvents.current(this);
		Ambient ambient = (pending != null && pending.isCommitted()) ? Ambient.COMPLETED : this.writer.ambient();
		requireAllowed(ambient);
		if (ambient == Ambient.ACTIVE && pending != null) {
			List<NewEvent> created = create(events, options, pending::nextBucketWithoutKey);
			pending.add(created);
			return ids(created);
		}
		int bucket = ThreadLocalRandom.current().nextInt(Buckets.COUNT);
		List<NewEvent> created = create(events, options, () -> bucket);
		if (ambient == Ambient.NONE) {
			this.writer.inOwnTransaction(created);
		}
		else if (ambient == Ambient.COMPLETED) {
			this.writer.afterTransaction(created);
		}
		else {
			// Nobody calls before the commit: what is written now shares its fate anyway.
			this.writer.inTransaction(created);
			this.writer.signalAfterCommit(created);
		}
		return ids(created);
	}

	private List<NewEvent> create(Collection<?> events, EmitOptions options, IntSupplier bucketWithoutKey) {
		List<NewEvent> created = new ArrayList<>(events.size());
		for (Object event : events) {
			created.add(this.factory.create(event, options, bucketWithoutKey.getAsInt()));
		}
		return created;
	}

	private void requireAllowed(Ambient ambient) {
		if (ambient == Ambient.READ_ONLY) {
			throw new TransactionRequiredException("An event cannot be emitted in a read-only transaction. "
					+ "Remove readOnly = true, or emit in a method with @Transactional(propagation = REQUIRES_NEW).");
		}
		if (this.requireTransaction && (ambient == Ambient.NONE || ambient == Ambient.COMPLETED)) {
			throw new TransactionRequiredException("There is no active transaction of the outbox's DataSource to emit "
					+ "the event in. Call emit from a @Transactional method (not from another method of the same "
					+ "bean, which bypasses its proxy), or set 'pyxbox.outbox.require-transaction' to false.");
		}
	}

	private static List<EventId> ids(List<NewEvent> events) {
		return events.stream().map(NewEvent::eventId).toList();
	}

}
