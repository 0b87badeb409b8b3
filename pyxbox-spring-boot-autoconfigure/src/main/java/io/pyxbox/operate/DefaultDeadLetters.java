package io.pyxbox.operate;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetter;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.store.DeadLetterReader;
import io.pyxbox.store.DeadLetterStore;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Subscription;
import io.pyxbox.transaction.OutboxTransactions;

import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * Looks after dead letters, batch by batch: lock, act, commit, wake the consumers.
 *
 * @see DeadLetterStore what is done about a batch
 */
final class DefaultDeadLetters implements DeadLetters {

	private final Steps steps;

	private final DeadLetterReader reader;

	private final DeadLetterStore store;

	private final Supplier<Map<ConsumerId, Subscription>> declared;

	private final BiConsumer<ConsumerId, Collection<Integer>> wakeUp;

	DefaultDeadLetters(EventTable table, OutboxTransactions transactions,
			Supplier<Map<ConsumerId, Subscription>> declared, BiConsumer<ConsumerId, Collection<Integer>> wakeUp) {
		this.steps = new Steps(transactions);
		this.reader = new DeadLetterReader(table);
		this.store = new DeadLetterStore(table);
		this.declared = declared;
		this.wakeUp = wakeUp;
	}

	@Override
	public List<DeadLetter> list(DeadLetterFilter filter, long afterId, int limit) {
		Objects.requireNonNull(filter, "filter");
		if (limit < 1 || limit > MAX_PAGE_SIZE) {
			throw new IllegalArgumentException("limit must be from 1 to " + MAX_PAGE_SIZE + ", but is " + limit);
		}
		return this.steps.execute((connection) -> this.reader.list(connection, filter, afterId, limit));
	}

	@Override
	public Optional<DeadLetter> find(long id) {
		return this.steps.execute((connection) -> this.reader.find(connection, id)).stream().findFirst();
	}

	@Override
	public long count(DeadLetterFilter filter) {
		Objects.requireNonNull(filter, "filter");
		return this.steps.execute((connection) -> this.reader.count(connection, filter));
	}

	@Override
	public boolean redrive(long id) {
		return redrive(List.of(id)) == 1;
	}

	@Override
	public long redrive(Collection<Long> ids) {
		return act(ids, this.store::redrive);
	}

	@Override
	public long redrive(DeadLetterFilter filter) {
		return act(filter, this.store::redrive);
	}

	@Override
	public boolean discard(long id) {
		return discard(List.of(id)) == 1;
	}

	@Override
	public long discard(Collection<Long> ids) {
		return act(ids, this::discard);
	}

	@Override
	public long discard(DeadLetterFilter filter) {
		return act(filter, this::discard);
	}

	private void discard(Connection connection, DeadLetterStore.Batch batch) throws SQLException {
		this.store.discard(connection, batch, this.declared.get());
	}

	private long act(Collection<Long> ids, Action action) {
		List<Long> sorted = ids.stream().sorted().distinct().toList();
		int step = this.steps.size();
		long count = 0;
		for (int from = 0; from < sorted.size(); from += Math.min(step, sorted.size() - from)) {
			List<Long> some = sorted.subList(from, from + Math.min(step, sorted.size() - from));
			count += act((connection) -> this.store.lock(connection, some), action).size();
		}
		return count;
	}

	/**
	 * Goes through the dead letters by their numbers, up to the highest there is now:
	 * what fails again meanwhile gets a higher one.
	 */
	private long act(DeadLetterFilter filter, Action action) {
		Objects.requireNonNull(filter, "filter");
		int step = this.steps.size();
		long last = this.steps.execute(this.reader::lastId);
		long count = 0;
		long reached = Long.MIN_VALUE;
		while (true) {
			long after = reached;
			DeadLetterStore.Batch batch = act((connection) -> this.store.lock(connection, filter, after, last, step),
					action);
			count += batch.size();
			if (batch.size() < step) {
				return count;
			}
			reached = batch.lastId();
		}
	}

	private DeadLetterStore.Batch act(Steps.Step<DeadLetterStore.Batch> choice, Action action) {
		boolean joining = this.steps.joinTransaction();
		DeadLetterStore.Batch batch = this.steps.execute((connection) -> {
			DeadLetterStore.Batch chosen = choice.execute(connection);
			action.perform(connection, chosen);
			return chosen;
		});
		if (!joining) {
			wake(batch.buckets());
		}
		else if (batch.size() > 0 && TransactionSynchronizationManager.isSynchronizationActive()) {
			wakeAfterCommit(batch.buckets());
		}
		return batch;
	}

	private void wakeAfterCommit(Map<ConsumerId, Set<Integer>> buckets) {
		TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {

			@Override
			public void afterCommit() {
				wake(buckets);
			}

		});
	}

	private void wake(Map<ConsumerId, Set<Integer>> buckets) {
		buckets.forEach(this.wakeUp);
	}

	/**
	 * What is done about dead letters that are locked.
	 */
	@FunctionalInterface
	private interface Action {

		void perform(Connection connection, DeadLetterStore.Batch batch) throws SQLException;

	}

}
