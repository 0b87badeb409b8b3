package io.pyxbox;

import java.util.Collection;
import java.util.List;

/**
 * Emits events in the same database transaction as the business change they tell of.
 * <p>
 * <b>Promise.</b> An emitted event exists if and only if the transaction it was emitted
 * in commits: with nested, suspended and rolled-back transactions, and with savepoints
 * that were set through Spring. (A savepoint set on the JDBC connection behind Spring's
 * back is not seen: use a nested transaction instead.) Without an ambient transaction of
 * the outbox's {@code DataSource} an event is stored in a transaction of its own before
 * the call returns, or refused if {@code pyxbox.outbox.require-transaction} is set.
 * <p>
 * <b>Cost.</b> Events are serialized by the call and collected while the transaction
 * runs; all of them are written by one statement before it commits. Emitting never takes
 * a second connection while the caller's transaction holds one.
 * <p>
 * <b>Errors.</b> An event that cannot be stored is refused by the call, not by the
 * commit: {@link InvalidEventException} (not serializable, too large, characters that
 * PostgreSQL cannot store) and {@link TransactionRequiredException}.
 * <p>
 * Safe for use by several threads; the transaction is that of the calling thread.
 *
 * @see OutboxEvent
 * @see OutboxListener
 */
public interface TransactionalOutbox {

	/**
	 * Emits an event.
	 * @param event the event: any record or class that the application's
	 * {@code JsonMapper} can write and read, annotated with {@link OutboxEvent} or not
	 * @return the id under which every consumer will see the event
	 * @throws InvalidEventException if the event cannot be stored
	 * @throws TransactionRequiredException if a transaction is required and there is
	 * none, or the transaction is read-only
	 */
	default EventId emit(Object event) {
		return emit(event, EmitOptions.none());
	}

	/**
	 * Emits an event with headers, a topic or a partition key for this call.
	 * @param event the event
	 * @param options what differs from the event's {@link OutboxEvent} annotation
	 * @return the id under which every consumer will see the event
	 * @throws InvalidEventException if the event cannot be stored
	 * @throws TransactionRequiredException if a transaction is required and there is
	 * none, or the transaction is read-only
	 */
	EventId emit(Object event, EmitOptions options);

	/**
	 * Emits several events, in the order of the collection. Without an ambient
	 * transaction they are stored together or not at all.
	 * @param events the events
	 * @return their ids, in the same order
	 * @throws InvalidEventException if one of the events cannot be stored; none is then
	 * @throws TransactionRequiredException if a transaction is required and there is
	 * none, or the transaction is read-only
	 */
	List<EventId> emitAll(Collection<?> events);

	/**
	 * Takes back an event, in the ambient transaction or, without one, in a transaction
	 * of its own.
	 * <p>
	 * Returns {@code true} if nobody has received the event, and nobody will once the
	 * transaction has committed; if it rolls back, the event is delivered as if nothing
	 * had happened. Returns {@code false} if it was delivered to any consumer, or is
	 * being delivered, or a delivery was attempted and has failed; then it goes its way.
	 * There is nothing in between. An event that is not known (any more) gives
	 * {@code false} as well.
	 * <p>
	 * Events that are delayed, or were emitted in the same transaction, can always be
	 * taken back. One that waits for its delivery counts as being delivered while any
	 * events of its bucket are (a 64th of all events) to a consumer that takes it. It is
	 * searched for in the whole table; and its bucket waits until the transaction ends,
	 * so cancel late in a transaction.
	 * @param id the event's id, as {@code emit} returned it
	 * @return whether the event will never be delivered
	 * @throws TransactionRequiredException if a transaction is required and there is
	 * none, or the transaction is read-only
	 */
	boolean cancel(EventId id);

}
