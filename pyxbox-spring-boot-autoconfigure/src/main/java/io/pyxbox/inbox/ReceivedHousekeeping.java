package io.pyxbox.inbox;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

import io.pyxbox.store.ReceivedStore;
import io.pyxbox.transaction.OutboxTransactions;

/**
 * Forgets messages that were received long ago. Few at a time, each time in a transaction
 * of its own: who receives one of them once more at this very moment has to wait for it.
 * Used by one thread.
 */
public final class ReceivedHousekeeping {

	private static final OffsetDateTime BEGINNING = OffsetDateTime.of(2000, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

	/** Someone may have been in the way of a few. */
	private static final int RUNS_UNTIL_FROM_THE_BEGINNING = 60;

	private final OutboxTransactions transactions;

	private final ReceivedStore store;

	private final Duration retention;

	private final int batch;

	/**
	 * What was deleted is stepped over until it is vacuumed, so not from the beginning.
	 */
	private OffsetDateTime reached = BEGINNING;

	private int runs;

	/**
	 * Creates an instance.
	 * @param transactions the transactions in which messages are forgotten
	 * @param store remembers messages
	 * @param retention for how long
	 * @param batch how many are forgotten at a time
	 */
	public ReceivedHousekeeping(OutboxTransactions transactions, ReceivedStore store, Duration retention, int batch) {
		this.transactions = transactions;
		this.store = store;
		this.retention = retention;
		this.batch = batch;
	}

	void run(BooleanSupplier stopping) {
		if (++this.runs % RUNS_UNTIL_FROM_THE_BEGINNING == 0) {
			this.reached = BEGINNING;
		}
		int deleted = this.batch;
		while (deleted == this.batch && !stopping.getAsBoolean()) {
			deleted = deleteSome();
		}
	}

	private int deleteSome() {
		List<OffsetDateTime> deleted = new ArrayList<>();
		this.transactions.inOwn((connection) -> deleted
			.addAll(this.store.deleteOld(connection, this.retention, this.reached, this.batch)));
		deleted.stream().max(OffsetDateTime::compareTo).ifPresent((latest) -> this.reached = latest);
		return deleted.size();
	}

}
