package io.pyxbox.operate;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.OutboxConsumer;
import io.pyxbox.OutboxConsumers;
import io.pyxbox.store.Buckets;
import io.pyxbox.store.ConsumerReader;
import io.pyxbox.store.ConsumerRemover;
import io.pyxbox.store.DeadLetterStore;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Subscription;
import io.pyxbox.transaction.OutboxTransactions;

/**
 * Looks after consumers. A consumer is forgotten in steps, each of which may be the last
 * or be repeated:
 * <ol>
 * <li>Its lanes are locked: nobody is delivering to it. Its registration goes, so nothing
 * is kept for it from now on, and so do its failing deliveries.
 * <li>What it blocks is completed for it; the dead letters stay.
 * <li>Bucket by bucket, in the order of the ids, the events go that have waited for it
 * only.
 * </ol>
 */
final class DefaultOutboxConsumers implements OutboxConsumers {

	private final Steps steps;

	private final ConsumerReader reader;

	private final ConsumerRemover remover;

	private final DeadLetterStore deadLetters;

	private final Supplier<Map<ConsumerId, Subscription>> declared;

	DefaultOutboxConsumers(EventTable table, OutboxTransactions transactions,
			Supplier<Map<ConsumerId, Subscription>> declared) {
		this.steps = new Steps(transactions);
		this.reader = new ConsumerReader(table);
		this.remover = new ConsumerRemover(table);
		this.deadLetters = new DeadLetterStore(table);
		this.declared = declared;
	}

	@Override
	public List<OutboxConsumer> list() {
		return this.steps.execute((connection) -> this.reader.list(connection, this.declared.get()));
	}

	@Override
	public Forgotten forget(ConsumerId consumer) {
		Objects.requireNonNull(consumer, "consumer");
		if (this.declared.get().containsKey(consumer)) {
			throw new IllegalStateException("Consumer '" + consumer + "' is declared in this application, so it is "
					+ "not forgotten. Remove or rename its @OutboxListener, deploy that to all instances, and then "
					+ "forget '" + consumer + "'.");
		}
		Subscription taken = this.steps.execute((connection) -> {
			if (!this.remover.lockLanes(connection, consumer)) {
				throw new IllegalStateException("Consumer '" + consumer + "' is receiving events in another instance "
						+ "at this moment, so it is not forgotten. Stop the instances that still declare it first.");
			}
			return this.remover.deregister(connection, consumer);
		});
		long deleted = completeBlocked(consumer);
		for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
			deleted += deleteComplete(consumer, bucket);
		}
		long left = this.steps
			.execute((connection) -> this.remover.countLeft(connection, consumer, taken, this.declared.get()));
		return new Forgotten(deleted, left);
	}

	private long completeBlocked(ConsumerId consumer) {
		DeadLetterFilter filter = DeadLetterFilter.all().withConsumer(consumer);
		int step = this.steps.size();
		long deleted = 0;
		long reached = Long.MIN_VALUE;
		while (true) {
			long after = reached;
			Completed completed = this.steps.execute((connection) -> {
				DeadLetterStore.Batch batch = this.deadLetters.lock(connection, filter, after, Long.MAX_VALUE, step);
				int events = this.deadLetters.complete(connection, batch, this.declared.get());
				if (batch.size() < step) {
					this.remover.deleteBlocked(connection, consumer);
				}
				return new Completed(batch, events);
			});
			deleted += completed.events();
			if (completed.batch().size() < step) {
				return deleted;
			}
			reached = completed.batch().lastId();
		}
	}

	private long deleteComplete(ConsumerId consumer, int bucket) {
		int step = this.steps.size();
		long deleted = 0;
		long reached = Long.MIN_VALUE;
		while (true) {
			long after = reached;
			long[] ids = this.steps.execute((connection) -> this.remover.deleteComplete(connection, consumer, bucket,
					after, step, this.declared.get()));
			deleted += ids.length;
			if (ids.length < step) {
				return deleted;
			}
			reached = ids[ids.length - 1];
		}
	}

	/**
	 * A batch of dead letters that do not block any more.
	 *
	 * @param batch the dead letters
	 * @param events how many events were deleted
	 */
	private record Completed(DeadLetterStore.Batch batch, int events) {
	}

}
