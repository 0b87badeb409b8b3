package io.pyxbox.publish;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

import io.pyxbox.EventMetadata;
import io.pyxbox.EventPublisher;
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
	 * @throws InvalidPublishingException if a route does not lead to one of them, or to a
	 * destination that it cannot have
	 */
	ConfiguredRouting(List<PublishRoute> routes, Map<String, EventPublisher> publishers) {
		List<PublishRoute> complete = new ArrayList<>();
		for (int i = 0; i < routes.size(); i++) {
			PublishRoute route = routes.get(i);
			String publisher = publisherOf(route, i, publishers.keySet());
			check(route, i, Objects.requireNonNull(publishers.get(publisher)));
			complete.add(new PublishRoute(route.topic(), publisher, route.destination()));
		}
		this.routes = List.copyOf(complete);
	}

	private static void check(PublishRoute route, int index, EventPublisher publisher) {
		String destination = (route.destination() != null) ? route.destination() : route.topic().single();
		if (destination != null) {
			try {
				publisher.checkDestination(destination);
			}
			catch (IllegalArgumentException ex) {
				throw InvalidPublishingException.ofDestination(route, index, destination, ex);
			}
		}
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

}
