package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.util.concurrent.TimeUnit;

import io.pyxbox.store.DeduplicationStore;
import io.pyxbox.store.EventTable;

/**
 * Frees deduplication keys, few at a time and not for long: there is no hurry. Where many
 * events wait, looking whether one is among them takes its time.
 */
final class ExpiredKeys {

	private static final int BATCH = 500;

	private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(5);

	private final ClaimConnections connections;

	private final DeduplicationStore store;

	ExpiredKeys(EventTable table, ClaimConnections connections) {
		this.connections = connections;
		this.store = new DeduplicationStore(table);
	}

	void remove() throws SQLException {
		long startedAt = System.nanoTime();
		int looked;
		do {
			looked = this.connections.inAutoCommit((connection) -> this.store.removeExpired(connection, BATCH));
		}
		while (looked == BATCH && System.nanoTime() - startedAt < MAX_NANOS);
	}

}
