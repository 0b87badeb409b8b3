package io.pyxbox.publish;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

import io.pyxbox.EventMetadata;
import io.pyxbox.EventRouter;
import io.pyxbox.PyxboxException;
import io.pyxbox.store.Subscription;
import io.pyxbox.store.TopicPattern;
import org.jspecify.annotations.Nullable;

/**
 * Routes that a router says, for each event anew.
 */
final class CodedRouting implements Routing {

	private final EventRouter router;

	private final Set<String> publishers;

	CodedRouting(EventRouter router, Set<String> publishers) {
		this.router = router;
		this.publishers = Set.copyOf(publishers);
	}

	@Override
	public Subscription subscriptionOf(String publisher) {
		return Subscription.toTopics(Set.of(TopicPattern.ALL));
	}

	/**
	 * A publisher that there is not must not pass for one that somebody else is: nobody
	 * would pass the event on.
	 */
	@Override
	public @Nullable String destinationOf(EventMetadata metadata, String publisher) {
		List<EventRouter.Route> routes = routesOf(metadata);
		for (EventRouter.Route route : routes) {
			if (!this.publishers.contains(route.publisher())) {
				throw new PyxboxException("The EventRouter sends " + describe(metadata) + " to the publisher '"
						+ route.publisher() + "', which there is not. There are: " + new TreeSet<>(this.publishers));
			}
		}
		return routes.stream()
			.filter((route) -> route.publisher().equals(publisher))
			.map(EventRouter.Route::destination)
			.findFirst()
			.orElse(null);
	}

	/** It is the application's code, and may do anything. */
	@SuppressWarnings("NullAway")
	private List<EventRouter.Route> routesOf(EventMetadata metadata) {
		List<EventRouter.Route> routes;
		try {
			routes = this.router.route(metadata);
		}
		catch (RuntimeException | LinkageError | AssertionError | StackOverflowError ex) {
			throw new PyxboxException("The EventRouter failed for " + describe(metadata) + ": " + ex, ex);
		}
		if (routes == null || routes.stream().anyMatch(Objects::isNull)) {
			throw new PyxboxException("The EventRouter returned no route for " + describe(metadata) + ": " + routes);
		}
		return routes;
	}

	private static String describe(EventMetadata metadata) {
		return "event " + metadata.id() + " of topic '" + metadata.topic() + "'";
	}

}
