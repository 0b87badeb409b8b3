package io.pyxbox.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.pyxbox.EventMetadata;
import io.pyxbox.store.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * Routes that are configured. An event goes to every publisher that has a route for its
 * topic, by the first of them.
 */
final class ConfiguredRouting implements Routing {

	private final List<PublishRoute> routes;

	/**
	 * Creates a routing.
	 * @param routes the routes
	 * @param publishers the publishers there are
	 * @throws InvalidPublishingException if a route does not lead to one of them
	 */
	ConfiguredRouting(List<PublishRoute> routes, Set<String> publishers) {
		List<PublishRoute> complete = new ArrayList<>();
		for (int i = 0; i < routes.size(); i++) {
			PublishRoute route = routes.get(i);
			complete.add(new PublishRoute(route.topic(), publisherOf(route, i, publishers), route.destination()));
		}
		this.routes = List.copyOf(complete);
	}

	private static String publisherOf(PublishRoute route, int index, Set<String> publishers) {
		String publisher = route.publisher();
		if (publisher == null && publishers.size() == 1) {
			return publishers.iterator().next();
		}
		if (publisher == null || !publishers.contains(publisher)) {
			throw InvalidPublishingException.of(route, index, publishers);
		}
		return publisher;
	}

	@Override
	public Subscription subscriptionOf(String publisher) {
		return Subscription.toTopics(this.routes.stream()
			.filter((route) -> publisher.equals(route.publisher()))
			.map(PublishRoute::topic)
			.collect(Collectors.toSet()));
	}

	@Override
	public @Nullable String destinationOf(EventMetadata metadata, String publisher) {
		for (PublishRoute route : this.routes) {
			if (publisher.equals(route.publisher()) && route.topic().matches(metadata.topic())) {
				return (route.destination() != null) ? route.destination() : metadata.topic();
			}
		}
		return null;
	}

	@Override
	public Set<String> knownDestinationsOf(String publisher) {
		Set<String> known = new TreeSet<>();
		for (PublishRoute route : this.routes) {
			if (publisher.equals(route.publisher()) && route.destination() != null) {
				known.add(route.destination());
			}
			else if (publisher.equals(route.publisher()) && route.topic().isExact()) {
				known.add(route.topic().text());
			}
		}
		return known;
	}

}
