package io.pyxbox.emit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

import io.pyxbox.EventId;
import io.pyxbox.store.Buckets;
import io.pyxbox.store.NewEvent;
import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The events of one transaction, from its begin until it has completed.
 * <p>
 * They are collected and written by one statement after everybody else's
 * {@code beforeCommit}. What is emitted later than that (by a persistence context that is
 * flushed by the commit itself) is written at once. A savepoint that is rolled back takes
 * along what was emitted after it.
 * <p>
 * Found by what stands for the transaction, not by the callbacks that are active: in a
 * transaction of another resource inside this one those are the other's, and its rollback
 * is not ours. Used by the transaction's thread only.
 */
final class PendingEvents implements Participation, TransactionSynchronization {

	/** More than this is not kept in memory. */
	private static final int MAX_COLLECTED = 5_000;

	/** More events without a key than this go to the next bucket. */
	private static final int MAX_WITHOUT_KEY_PER_BUCKET = 500;

	private final Object transaction;

	private final boolean readOnly;

	private final Runnable flush;

	private final EventWriter writer;

	private final Map<Object, TransactionSynchronization> participants = new LinkedHashMap<>();

	private final List<NewEvent> collected = new ArrayList<>();

	private final List<NewEvent> written = new ArrayList<>();

	/** Of those collected: they stay in place, in case a savepoint is rolled back. */
	private final List<EventId> cancelled = new ArrayList<>();

	private final Map<Object, Mark> savepoints = new IdentityHashMap<>();

	private int bucketWithoutKey = ThreadLocalRandom.current().nextInt(Buckets.COUNT);

	private int withoutKey;

	private Phase phase = Phase.COLLECTING;

	private PendingEvents(Object transaction, boolean readOnly, Runnable flush, EventWriter writer) {
		this.transaction = transaction;
		this.readOnly = readOnly;
		this.flush = flush;
		this.writer = writer;
	}

	/**
	 * Takes part in a transaction that the calling thread has begun.
	 * @param flush writes what persistence contexts hold back
	 */
	static void begin(Object transaction, boolean readOnly, Runnable flush, EventWriter writer) {
		if (of(transaction) == null) {
			PendingEvents pending = new PendingEvents(transaction, readOnly, flush, writer);
			TransactionSynchronizationManager.bindResource(transaction, pending);
			TransactionSynchronizationManager.registerSynchronization(pending);
			TransactionSynchronizationManager.registerSynchronization(pending.new FirstAfterCommit());
		}
	}

	/** The events of a transaction, if we took part in its begin. */
	static @Nullable PendingEvents of(Object transaction) {
		return (PendingEvents) TransactionSynchronizationManager.getResource(transaction);
	}

	boolean isReadOnly() {
		return this.readOnly;
	}

	@Override
	public boolean isCommitting() {
		return this.phase == Phase.WRITTEN;
	}

	@Override
	public boolean isCompleted() {
		return this.phase == Phase.COMPLETED;
	}

	@Override
	public <T extends TransactionSynchronization> T participant(Object key, Class<T> type, Supplier<T> creator) {
		return type.cast(this.participants.computeIfAbsent(key, (absent) -> creator.get()));
	}

	int nextBucketWithoutKey() {
		if (this.withoutKey++ % MAX_WITHOUT_KEY_PER_BUCKET == 0) {
			this.bucketWithoutKey = (this.bucketWithoutKey + 1) % Buckets.COUNT;
		}
		return this.bucketWithoutKey;
	}

	void add(Collection<NewEvent> events) {
		this.collected.addAll(events);
		boolean beyondSavepoints = this.savepoints.values().stream().allMatch((mark) -> mark.collected() == 0);
		if (this.phase == Phase.WRITTEN || (this.collected.size() >= MAX_COLLECTED && beyondSavepoints)) {
			write();
		}
	}

	private void write() {
		if (!this.collected.isEmpty()) {
			this.collected.removeIf((event) -> this.cancelled.contains(event.eventId()));
			this.cancelled.clear();
			this.writer.inTransaction(this.collected);
			this.written.addAll(this.collected);
			this.collected.clear();
		}
	}

	/**
	 * Takes back an event, if it is one of this transaction's.
	 * @return whether it was
	 */
	boolean cancel(EventId id) {
		if (this.collected.stream().anyMatch((event) -> event.eventId().equals(id))) {
			if (this.cancelled.contains(id)) {
				return false;
			}
			this.cancelled.add(id);
			this.writer.freeKey(id);
			return true;
		}
		return this.written.stream()
			.filter((event) -> event.eventId().equals(id))
			.findFirst()
			.map(this.writer::cancelWritten)
			.orElse(false);
	}

	@Override
	public void savepoint(Object savepoint) {
		this.savepoints.put(savepoint, new Mark(this.collected.size(), this.cancelled.size()));
		this.participants.values().forEach((each) -> each.savepoint(savepoint));
	}

	@Override
	public void savepointRollback(Object savepoint) {
		Mark mark = this.savepoints.getOrDefault(savepoint, Mark.BEGINNING);
		cut(this.collected, mark.collected());
		cut(this.cancelled, mark.cancelled());
		this.participants.values().forEach((each) -> each.savepointRollback(savepoint));
	}

	private static void cut(List<?> list, int size) {
		if (size < list.size()) {
			list.subList(size, list.size()).clear();
		}
	}

	@Override
	public void beforeCommit(boolean readOnly) {
		if (!this.participants.isEmpty() && !this.readOnly) {
			// What a persistence context holds back takes its row locks before theirs.
			this.flush.run();
		}
		write();
		this.participants.values().forEach((each) -> each.beforeCommit(readOnly));
		this.phase = Phase.WRITTEN;
	}

	/** Registered late, so that other callbacks after completion still find us. */
	@Override
	public void beforeCompletion() {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCompletion(int status) {
				TransactionSynchronizationManager.unbindResourceIfPossible(PendingEvents.this.transaction);
			}

		});
	}

	/**
	 * What there was at a savepoint.
	 */
	private record Mark(int collected, int cancelled) {

		static final Mark BEGINNING = new Mark(0, 0);

	}

	private enum Phase {

		COLLECTING, WRITTEN, COMPLETED

	}

	/**
	 * Knows of the completion before other callbacks do: what they emit belongs to no
	 * transaction any more.
	 */
	private final class FirstAfterCommit implements TransactionSynchronization {

		@Override
		public int getOrder() {
			return Ordered.HIGHEST_PRECEDENCE;
		}

		@Override
		public void afterCommit() {
			PendingEvents.this.phase = Phase.COMPLETED;
			PendingEvents.this.writer.committed(PendingEvents.this.written);
		}

		@Override
		public void afterCompletion(int status) {
			PendingEvents.this.phase = Phase.COMPLETED;
			PendingEvents.this.participants.values().forEach((each) -> each.afterCompletion(status));
		}

	}

}
