package io.pyxbox.emit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.pyxbox.EventId;
import io.pyxbox.store.CancellationStore;
import io.pyxbox.store.DeadLetterStore;
import io.pyxbox.store.EventAppender;
import io.pyxbox.store.NewEvent;
import io.pyxbox.transaction.OutboxTransactions;
import org.jspecify.annotations.Nullable;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Writes events, in whichever transaction they belong to, and tells of those that are
 * committed. Thread-safe.
 */
public final class EventWriter {

	private final OutboxTransactions transactions;

	private final EventAppender appender;

	private final CancellationStore cancellations;

	private final Deduplication deduplication;

	private final Consumer<Collection<NewEvent>> wakeUp;

	/**
	 * Creates a writer.
	 * @param transactions knows which transaction events belong to
	 * @param appender writes rows
	 * @param cancellations takes events back
	 * @param deduplication stores events once
	 * @param wakeUp is told of committed events, so that they are not waited for
	 */
	public EventWriter(OutboxTransactions transactions, EventAppender appender, CancellationStore cancellations,
			Deduplication deduplication, Consumer<Collection<NewEvent>> wakeUp) {
		this.transactions = transactions;
		this.appender = appender;
		this.cancellations = cancellations;
		this.deduplication = deduplication;
		this.wakeUp = wakeUp;
	}

	@Nullable Object currentTransaction() {
		return this.transactions.current();
	}

	void inTransaction(List<NewEvent> events) {
		this.transactions.inAmbient((connection) -> this.appender.append(connection, events));
	}

	void afterTransaction(List<NewEvent> events) {
		this.transactions.afterAmbient((connection) -> this.appender.append(connection, events));
		committed(events);
	}

	void inOwnTransaction(List<NewEvent> events) {
		this.transactions.inOwn((connection) -> this.appender.append(connection, events));
		committed(events);
	}

	/**
	 * Takes a key for an event.
	 * @return the event's id; or that of another one that has the key, so that this one
	 * must not be stored
	 */
	EventId takeKey(String key, NewEvent event) {
		return takeKey(key, event, this.transactions::inAmbient, false);
	}

	EventId onceAfterTransaction(String key, NewEvent event) {
		return once(key, event, readCommitted(this.transactions::afterAmbient));
	}

	EventId onceInOwnTransaction(String key, NewEvent event) {
		return once(key, event, readCommitted(this.transactions::inOwn));
	}

	private EventId once(String key, NewEvent event, Consumer<OutboxTransactions.Work> transaction) {
		EventId taken = takeKey(key, event, transaction, true);
		if (taken.equals(event.eventId())) {
			committed(List.of(event));
		}
		return taken;
	}

	private EventId takeKey(String key, NewEvent event, Consumer<OutboxTransactions.Work> transaction, boolean store) {
		List<EventId> taken = new ArrayList<>();
		transaction.accept((connection) -> {
			taken.add(this.deduplication.take(connection, key, event));
			if (store && taken.contains(event.eventId())) {
				this.appender.append(connection, List.of(event));
			}
		});
		return taken.get(0);
	}

	boolean cancelInTransaction(EventId id) {
		return cancel(id, this.transactions::inAmbient);
	}

	boolean cancelAfterTransaction(EventId id) {
		return cancel(id, readCommitted(this.transactions::afterAmbient));
	}

	boolean cancelInOwnTransaction(EventId id) {
		return cancel(id, readCommitted(this.transactions::inOwn));
	}

	/**
	 * What others have just committed has to be seen, whatever the default of the pool
	 * is.
	 */
	private static Consumer<OutboxTransactions.Work> readCommitted(Consumer<OutboxTransactions.Work> transaction) {
		return (work) -> transaction.accept((connection) -> {
			if (!connection.getAutoCommit()) {
				DeadLetterStore.readCommitted(connection);
			}
			work.run(connection);
		});
	}

	private boolean cancel(EventId id, Consumer<OutboxTransactions.Work> transaction) {
		AtomicBoolean cancelled = new AtomicBoolean();
		transaction.accept((connection) -> cancelled.set(this.cancellations.cancel(connection, id)));
		return cancelled.get();
	}

	/** Takes back what the transaction has written itself. */
	boolean cancelWritten(NewEvent event) {
		AtomicBoolean cancelled = new AtomicBoolean();
		this.transactions.inAmbient((connection) -> cancelled.set(this.cancellations.cancelOwn(connection, event)));
		return cancelled.get();
	}

	void freeKey(EventId id) {
		this.transactions.inAmbient((connection) -> this.cancellations.freeKey(connection, id));
	}

	void signalAfterCommit(List<NewEvent> events) {
		if (TransactionSynchronizationManager.isSynchronizationActive()) {
			TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

				@Override
				public void afterCommit() {
					committed(events);
				}

			});
		}
	}

	void committed(Collection<NewEvent> events) {
		this.wakeUp.accept(events);
	}

}
