package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.ConsumerStore;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.KnownConsumers;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.Subscription;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * What an instance does at its start and once a minute: it registers its consumers, so
 * that others keep their events; learns of the consumers of others; and forgets those
 * that have not been heard of for a long time. Used by one thread at a time.
 */
final class Housekeeping {

	private static final Log logger = LogFactory.getLog(Housekeeping.class);

	private final ClaimConnections connections;

	private final ConsumerStore store;

	private final Map<ConsumerId, Subscription> own = new HashMap<>();

	private final KnownConsumers consumers;

	private final SettlementStore settlements;

	private final Duration retention;

	Housekeeping(EventTable table, ClaimConnections connections, List<DeliveryTarget> targets, Duration retention) {
		this.connections = connections;
		this.store = new ConsumerStore(table);
		targets.forEach((target) -> this.own.put(target.consumer(), target.subscription()));
		this.consumers = new KnownConsumers(this.store, this.own);
		this.settlements = new SettlementStore(table, this.consumers);
		this.retention = retention;
	}

	/** Settles claims with regard to all consumers that are known. */
	SettlementStore settlements() {
		return this.settlements;
	}

	/** Registers the consumers of this instance. */
	void register() throws SQLException {
		this.connections.inTransaction((connection) -> {
			this.store.register(connection, this.own);
			connection.commit();
			return true;
		});
	}

	/** Does all there is to do. */
	void run() throws SQLException {
		List<String> forgotten = this.connections.inTransaction((connection) -> {
			this.store.register(connection, this.own);
			List<String> pruned = this.store.prune(connection, this.retention);
			this.consumers.refresh(connection);
			this.settlements.deleteOrphanedRetries(connection);
			connection.commit();
			return pruned;
		});
		if (!forgotten.isEmpty()) {
			logger.warn("No instance has declared these consumers for " + this.retention
					+ " (pyxbox.consumer-retention), so events wait for them no longer: " + forgotten);
		}
	}

}
