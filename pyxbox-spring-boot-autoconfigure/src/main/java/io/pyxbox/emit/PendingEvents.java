package io.pyxbox.emit;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

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

	private final Map<Object, Integer> savepoints = new IdentityHashMap<>();

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
		boolean beyondSavepoints = this.savepoints.values().stream().allMatch((size) -> size == 0);
		if (this.phase == Phase.WRITTEN || (this.collected.size() >= MAX_COLLECTED && beyondSavepoints)) {
			write();
		}
	}

	private void write() {
		if (!this.collected.isEmpty()) {
			this.writer.inTransaction(this.collected);
			this.written.addAll(this.collected);
			this.collected.clear();
		}
	}

	@Override
	public void savepoint(Object savepoint) {
		this.savepoints.put(savepoint, this.collected.size());
		this.participants.values().forEach((each) -> each.savepoint(savepoint));
	}

	@Override
	public void savepointRollback(Object savepoint) {
		int size = this.savepoints.getOrDefault(savepoint, 0);
		if (size < this.collected.size()) {
			this.collected.subList(size, this.collected.size()).clear();
		}
		this.participants.values().forEach((each) -> each.savepointRollback(savepoint));
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
