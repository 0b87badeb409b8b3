package io.pyxbox.dispatch;

import javax.sql.DataSource;

import io.pyxbox.store.EventTable;
import org.jspecify.annotations.Nullable;

/**
 * What the engine works on.
 *
 * @param table the outbox's tables
 * @param dataSource the connections to their database
 * @param transactions the transactions for transactional consumers
 * @param sessions where the connection comes from that hears of other instances, or
 * {@code null} if they are not to be heard of
 */
public record DispatchResources(EventTable table, DataSource dataSource, ChunkTransactions transactions,
		@Nullable SessionFactory sessions) {
}
