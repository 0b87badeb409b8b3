package io.pyxbox.store;

import java.util.Set;
import java.util.TreeSet;

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
	 * Returns the types of which the consumer takes at least some events.
	 * @return the types, sorted
	 */
	public Set<String> allTypes() {
		Set<String> all = new TreeSet<>(this.types);
		this.routes.forEach((route) -> all.add(route.type()));
		return all;
	}

	/**
	 * What an event is routed by.
	 *
	 * @param type the type
	 * @param topic the topic, if the event has one
	 */
	public record Route(String type, @Nullable String topic) {
	}

}
