package io.pyxbox.dispatch;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import javax.sql.DataSource;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.ConsumerStore;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.KnownConsumers;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.Subscription;

/**
 * The consumers of this application that pull. They are registered as those are that
 * listen, so that events are kept for them. Thread-safe.
 */
public final class PullConsumers {

	private final EventTable table;

	private final ClaimConnections connections;

	private final ConsumerStore store;

	private final Supplier<Map<ConsumerId, Subscription>> listeners;

	private final Map<ConsumerId, Subscription> registered = new ConcurrentHashMap<>();

	private final Duration retention;

	private final long patientUntil;

	private volatile Settlements settlements;

	/**
	 * Creates an instance without consumers.
	 * @param table the outbox's tables
	 * @param dataSource the connections to their database
	 * @param networkTimeout how long statements wait for a server that has fallen silent
	 * @param listeners the consumers of this application that do not pull, asked for each
	 * time
	 * @param retention for how long the events of a consumer are kept that no instance
	 * declares
	 */
	public PullConsumers(EventTable table, DataSource dataSource, Duration networkTimeout,
			Supplier<Map<ConsumerId, Subscription>> listeners, Duration retention) {
		this(table, dataSource, networkTimeout, listeners, retention, Housekeeping.PATIENCE);
	}

	PullConsumers(EventTable table, DataSource dataSource, Duration networkTimeout,
			Supplier<Map<ConsumerId, Subscription>> listeners, Duration retention, Duration patience) {
		this.table = table;
		this.connections = new ClaimConnections(dataSource, networkTimeout);
		this.store = new ConsumerStore(table);
		this.listeners = listeners;
		this.retention = retention;
		this.patientUntil = System.nanoTime() + patience.toNanos();
		this.settlements = settlementsWith(Map.of());
	}

	/**
	 * Registers what a consumer pulls, on a connection of its own, unless that is done.
	 * @param consumer the consumer
	 * @param subscription what it pulls, beside what it is registered for already
	 * @throws SQLException if the database refuses
	 * @throws IllegalArgumentException if a listener has this name
	 */
	public void register(ConsumerId consumer, Subscription subscription) throws SQLException {
		Subscription known = this.registered.get(consumer);
		if (known != null && known.includes(subscription)) {
			return;
		}
		requireFree(consumer);
		register(Map.of(consumer, subscription));
		this.registered.merge(consumer, subscription, Subscription::and);
	}

	/**
	 * Requires that a consumer does not listen.
	 * @param consumer the consumer
	 * @throws IllegalArgumentException if a listener has this name
	 */
	public void requireFree(ConsumerId consumer) {
		if (this.listeners.get().containsKey(consumer)) {
			throw new IllegalArgumentException("Consumer '" + consumer + "' listens, so nobody can pull its events. "
					+ "Choose another name: inbox.forConsumer(\"...\").");
		}
	}

	/**
	 * Says that the consumers are still there. Where nobody listens there is no poller to
	 * do the rest: then those are forgotten, too, that nobody declares any more, and what
	 * failing deliveries have left behind.
	 * @throws SQLException if the database refuses
	 */
	public void keepHouse() throws SQLException {
		Map<ConsumerId, Subscription> own = registered();
		if (own.isEmpty()) {
			return;
		}
		if (this.listeners.get().isEmpty()) {
			new Housekeeping(this.table, this.connections, own, this.retention, this.patientUntil).run();
		}
		else {
			register(own);
		}
	}

	private void register(Map<ConsumerId, Subscription> consumers) throws SQLException {
		this.connections.inTransaction((Connection connection) -> {
			this.store.register(connection, consumers);
			connection.commit();
			return true;
		});
	}

	/**
	 * Returns what the consumers have been registered for so far.
	 * @return what each consumer pulls
	 */
	public Map<ConsumerId, Subscription> registered() {
		return Map.copyOf(this.registered);
	}

	/** Settles with regard to all consumers that are known. */
	SettlementStore settlements() {
		Map<ConsumerId, Subscription> own = new HashMap<>(this.listeners.get());
		own.putAll(this.registered);
		Settlements current = this.settlements;
		if (!current.own().equals(own)) {
			current = settlementsWith(own);
			this.settlements = current;
		}
		return current.store();
	}

	private Settlements settlementsWith(Map<ConsumerId, Subscription> own) {
		return new Settlements(Map.copyOf(own),
				new SettlementStore(this.table, new KnownConsumers(new ConsumerStore(this.table), own)));
	}

	/**
	 * Settles with regard to certain consumers.
	 *
	 * @param own the consumers of this application
	 * @param store what settles
	 */
	private record Settlements(Map<ConsumerId, Subscription> own, SettlementStore store) {
	}

}
