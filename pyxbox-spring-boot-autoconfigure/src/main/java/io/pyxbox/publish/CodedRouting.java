package io.pyxbox.publish;

import java.util.List;
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
		List<EventRouter.Route> routes = this.router.route(metadata);
		for (EventRouter.Route route : routes) {
			if (!this.publishers.contains(route.publisher())) {
				throw new PyxboxException("The EventRouter sends event " + metadata.id() + " of topic '"
						+ metadata.topic() + "' to the publisher '" + route.publisher()
						+ "', which there is not. There are: " + new TreeSet<>(this.publishers));
			}
		}
		return routes.stream()
			.filter((route) -> route.publisher().equals(publisher))
			.map(EventRouter.Route::destination)
			.findFirst()
			.orElse(null);
	}

	@Override
	public Set<String> knownDestinationsOf(String publisher) {
		return Set.of();
	}

}
