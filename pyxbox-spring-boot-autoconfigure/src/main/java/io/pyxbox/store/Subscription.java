package io.pyxbox.store;

import java.util.HashSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Which events a consumer takes.
 *
 * @param types the types it takes whatever their topic
 * @param routes the types it takes of certain topics only
 */
public record Subscription(Set<String> types, Set<Route> routes) {

	public Subscription {
		types = Set.copyOf(types);
		routes = Set.copyOf(routes);
	}

	static Subscription of(Route route) {
		return (route.topic() != null) ? new Subscription(Set.of(), Set.of(route))
				: new Subscription(Set.of(route.type()), Set.of());
	}

	/**
	 * Returns what two of them take together.
	 * @param other the other one
	 * @return the union
	 */
	public Subscription and(Subscription other) {
		Set<String> allTypes = new HashSet<>(this.types);
		allTypes.addAll(other.types);
		Set<Route> all = new HashSet<>(this.routes);
		all.addAll(other.routes);
		return new Subscription(allTypes, all);
	}

	/**
	 * Returns all that the consumer takes.
	 * @return the routes; those without a topic stand for whatever topic
	 */
	public Set<Route> allRoutes() {
		Set<Route> all = new HashSet<>(this.routes);
		this.types.forEach((type) -> all.add(new Route(type, null)));
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
		return this.types.contains(type) || (topic != null && this.routes.contains(new Route(type, topic)));
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
