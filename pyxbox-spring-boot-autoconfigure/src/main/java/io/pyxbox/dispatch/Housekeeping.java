package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Buckets;
import io.pyxbox.store.ConsumerRemover;
import io.pyxbox.store.ConsumerStore;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.KnownConsumers;
import io.pyxbox.store.MarkerStore;
import io.pyxbox.store.NewEvent;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.Subscription;
import io.pyxbox.store.Subscription.Route;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

/**
 * What an instance does at its start and once a minute: it registers its consumers, so
 * that others keep their events; learns of the consumers of others; and forgets those
 * that have not been heard of for a long time. Used by one thread at a time.
 */
final class Housekeeping {

	private static final Log logger = LogFactory.getLog(Housekeeping.class);

	/**
	 * How long an instance has been up before it forgets anybody: where all were down for
	 * a long time, others may be about to come back as well.
	 */
	static final Duration PATIENCE = Duration.ofMinutes(10);

	private static final int DELETED_AT_ONCE = 500;

	private final ClaimConnections connections;

	private final ConsumerStore store;

	private final ConsumerRemover remover;

	private final MarkerStore markers;

	private final Map<ConsumerId, Subscription> own;

	private final KnownConsumers consumers;

	private final SettlementStore settlements;

	private final Duration retention;

	private final long patientUntil;

	Housekeeping(EventTable table, ClaimConnections connections, List<DeliveryTarget> targets, Duration retention) {
		this(table, connections,
				targets.stream().collect(Collectors.toMap(DeliveryTarget::consumer, DeliveryTarget::subscription)),
				retention, System.nanoTime() + PATIENCE.toNanos());
	}

	/**
	 * Keeps house for consumers.
	 * @param patientUntil the time of {@link System#nanoTime()} until which nobody is
	 * forgotten
	 */
	Housekeeping(EventTable table, ClaimConnections connections, Map<ConsumerId, Subscription> own, Duration retention,
			long patientUntil) {
		this.connections = connections;
		this.store = new ConsumerStore(table);
		this.remover = new ConsumerRemover(table);
		this.markers = new MarkerStore(table);
		this.own = Map.copyOf(own);
		this.patientUntil = patientUntil;
		this.consumers = new KnownConsumers(this.store, this.own);
		this.settlements = new SettlementStore(table, this.consumers);
		this.retention = retention;
	}

	/** Settles claims with regard to all consumers that are known. */
	SettlementStore settlements() {
		return this.settlements;
	}

	/** Whether only another instance can deliver an event to all who take it. */
	boolean isTakenElsewhere(NewEvent event) {
		return this.consumers.isTakenElsewhere(event.type(), event.topic());
	}

	/**
	 * Whether only another instance can deliver events of a kind to all who take them.
	 */
	boolean isTakenElsewhere(Route kind) {
		return this.consumers.isTakenElsewhere(kind.type(), kind.topic());
	}

	/** Registers the consumers of this instance. */
	void register() throws SQLException {
		this.connections.inTransaction((connection) -> {
			this.store.register(connection, this.own);
			this.consumers.learn(connection);
			connection.commit();
			return true;
		});
	}

	/** Does all there is to do. */
	void run() throws SQLException {
		register();
		if (System.nanoTime() - this.patientUntil >= 0) {
			forget();
		}
		this.connections.inAutoCommit((connection) -> {
			this.markers.clearOld(connection);
			this.settlements.deleteOrphanedRetries(connection);
			return true;
		});
	}

	/**
	 * Forgets consumers that no instance has declared for too long, and deletes what
	 * waited for them only.
	 */
	void forget() throws SQLException {
		Map<ConsumerId, Subscription> forgotten = this.connections.inTransaction((connection) -> {
			this.store.register(connection, this.own);
			Map<ConsumerId, Subscription> pruned = this.store.prune(connection, this.retention);
			this.consumers.learn(connection);
			connection.commit();
			return pruned;
		});
		for (Map.Entry<ConsumerId, Subscription> each : forgotten.entrySet()) {
			logger.warn("No instance has declared consumer '" + each.getKey() + "' for " + each.getValue() + " within "
					+ this.retention + " (pyxbox.consumer-retention), so events wait for it no longer");
			for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
				deleteComplete(each.getKey(), bucket);
			}
		}
	}

	private void deleteComplete(ConsumerId forgotten, int bucket) throws SQLException {
		long afterId = -1;
		while (afterId < Long.MAX_VALUE) {
			long from = afterId;
			long[] deleted = this.connections.inTransaction((connection) -> {
				long[] ids = this.remover.deleteComplete(connection, forgotten, bucket, from, DELETED_AT_ONCE,
						this.own);
				connection.commit();
				return ids;
			});
			afterId = (deleted.length == DELETED_AT_ONCE) ? deleted[deleted.length - 1] : Long.MAX_VALUE;
		}
	}

}
