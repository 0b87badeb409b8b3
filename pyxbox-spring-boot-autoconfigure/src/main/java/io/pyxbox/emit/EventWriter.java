package io.pyxbox.emit;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

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

	private final Consumer<Collection<NewEvent>> wakeUp;

	/**
	 * Creates a writer.
	 * @param transactions knows which transaction events belong to
	 * @param appender writes rows
	 * @param wakeUp is told of committed events, so that they are not waited for
	 */
	public EventWriter(OutboxTransactions transactions, EventAppender appender, Consumer<Collection<NewEvent>> wakeUp) {
		this.transactions = transactions;
		this.appender = appender;
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
