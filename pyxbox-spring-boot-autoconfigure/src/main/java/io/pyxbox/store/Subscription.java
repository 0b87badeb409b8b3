package io.pyxbox.store;

import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;

import io.pyxbox.OutboxConsumer.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Which events a consumer takes.
 *
 * @param types the types it takes whatever their topic
 * @param routes the types it takes of certain topics only
 * @param topics the topics it takes whatever the type, also types that are unknown here
 */
public record Subscription(Set<String> types, Set<Route> routes, Set<TopicPattern> topics) {

	public Subscription {
		types = Set.copyOf(types);
		routes = Set.copyOf(routes);
		topics = Set.copyOf(topics);
	}

	/**
	 * Creates a subscription to types.
	 * @param types the types that are taken whatever their topic
	 * @param routes the types that are taken of certain topics only
	 */
	public Subscription(Set<String> types, Set<Route> routes) {
		this(types, routes, Set.of());
	}

	/**
	 * Creates a subscription to topics.
	 * @param topics the topics that are taken whatever the type
	 * @return the subscription
	 */
	public static Subscription toTopics(Set<TopicPattern> topics) {
		return new Subscription(Set.of(), Set.of(), topics);
	}

	/**
	 * Returns what two of them take together.
	 * @param other the other one
	 * @return the union
	 */
	public Subscription and(Subscription other) {
		return new Subscription(union(this.types, other.types), union(this.routes, other.routes),
				union(this.topics, other.topics));
	}

	private static <T> Set<T> union(Set<T> some, Set<T> others) {
		Set<T> all = new HashSet<>(some);
		all.addAll(others);
		return all;
	}

	/**
	 * Tells whether the consumer takes all that another one takes.
	 * @param other what the other one takes
	 * @return whether it does
	 */
	public boolean includes(Subscription other) {
		return and(other).equals(this);
	}

	/**
	 * Tells whether the consumer takes an event.
	 * @param type the event's type
	 * @param topic the event's topic, if any
	 * @return whether it does
	 */
	public boolean takes(String type, @Nullable String topic) {
		return this.types.contains(type) || (topic != null && (this.routes.contains(new Route(type, topic))
				|| this.topics.stream().anyMatch((pattern) -> pattern.matches(topic))));
	}

	/** What is taken, as it is told to applications. */
	Set<Kind> kinds() {
		Set<Kind> kinds = new HashSet<>();
		this.types.forEach((type) -> kinds.add(new Kind(type, null)));
		this.routes.forEach((route) -> kinds.add(new Kind(route.type(), route.topic())));
		this.topics.forEach((pattern) -> kinds.add(new Kind(null, pattern.text())));
		return kinds;
	}

	@Override
	public String toString() {
		Set<String> kinds = new TreeSet<>(this.types);
		this.routes.forEach((route) -> kinds.add(route.toString()));
		this.topics.forEach((pattern) -> kinds.add("all of topic " + pattern));
		return kinds.toString();
	}

	/**
	 * What an event is routed by.
	 *
	 * @param type the type
	 * @param topic the topic, if the event has one
	 */
	public record Route(String type, @Nullable String topic) {

		@Override
		public String toString() {
			return this.type + ((this.topic != null) ? " of topic " + this.topic : "");
		}

	}

}
