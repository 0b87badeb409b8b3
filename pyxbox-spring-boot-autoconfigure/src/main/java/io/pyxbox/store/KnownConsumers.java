package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Subscription.Route;
import org.jspecify.annotations.Nullable;

/**
 * Who takes which events: the consumers of this instance, and all those that any instance
 * has registered. An event stays until all of them have completed it. Thread-safe.
 */
public final class KnownConsumers {

	private final ConsumerStore store;

	private final Map<ConsumerId, Subscription> own;

	private volatile State state;

	/**
	 * Creates an instance that knows its own consumers only, until it is told or asked.
	 * @param store where consumers are registered
	 * @param own what each consumer of this instance takes
	 */
	public KnownConsumers(ConsumerStore store, Map<ConsumerId, Subscription> own) {
		this.store = store;
		this.own = Map.copyOf(own);
		this.state = new State(-1, this.own);
	}

	/**
	 * Reads the registrations.
	 * @param connection a connection
	 * @throws SQLException if the database refuses
	 */
	public void learn(Connection connection) throws SQLException {
		refresh(connection);
	}

	/**
	 * Tells whether a consumer that is not of this instance takes an event: as far as is
	 * known, or until anything is.
	 * @param type the event's type
	 * @param topic the event's topic, if any
	 * @return whether one does
	 */
	public boolean isTakenElsewhere(String type, @Nullable String topic) {
		State known = this.state;
		return known.revision() < 0 || !this.own.keySet().containsAll(known.takers(type, topic));
	}

	/** What has just been read; another thread may know less, or more. */
	State refresh(Connection connection) throws SQLException {
		ConsumerStore.Registered registered = this.store.registered(connection);
		Map<ConsumerId, Subscription> all = new HashMap<>(registered.consumers());
		this.own.forEach((consumer, subscription) -> all.merge(consumer, subscription, Subscription::and));
		State read = new State(registered.revision(), all);
		this.state = read;
		return read;
	}

	State current() {
		return this.state;
	}

	/**
	 * What is known at a time. Who takes a kind of events is found out once.
	 */
	static final class State {

		/** Topics may be as many as there are tenants. */
		private static final int MAX_KINDS = 10_000;

		private final long revision;

		private final Map<ConsumerId, Subscription> consumers;

		private final Map<Route, Set<ConsumerId>> takers = new ConcurrentHashMap<>();

		State(long revision, Map<ConsumerId, Subscription> consumers) {
			this.revision = revision;
			this.consumers = Map.copyOf(consumers);
		}

		/** The highest revision among the registrations. */
		long revision() {
			return this.revision;
		}

		boolean isSameAs(State other) {
			return this.revision == other.revision && this.consumers.equals(other.consumers);
		}

		Set<ConsumerId> takers(String type, @Nullable String topic) {
			if (this.takers.size() > MAX_KINDS) {
				this.takers.clear();
			}
			return this.takers.computeIfAbsent(new Route(type, topic),
					(kind) -> this.consumers.entrySet()
						.stream()
						.filter((entry) -> entry.getValue().takes(kind.type(), kind.topic()))
						.map(Map.Entry::getKey)
						.collect(Collectors.toUnmodifiableSet()));
		}

		/** The consumers beside one that take an event. */
		Set<String> others(ConsumerId consumer, StoredEvent event) {
			if (event.redriven()) {
				return Set.of();
			}
			Set<ConsumerId> takers = takers(event.type(), event.topic());
			if (takers.isEmpty() || (takers.size() == 1 && takers.contains(consumer))) {
				return Set.of();
			}
			return takers.stream()
				.filter((taker) -> !taker.equals(consumer))
				.map(ConsumerId::value)
				.collect(Collectors.toSet());
		}

	}

}
