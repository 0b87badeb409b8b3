package io.pyxbox.publish;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

import io.pyxbox.EventPublisher;
import io.pyxbox.EventRouter;
import io.pyxbox.codec.EventCodec;
import io.pyxbox.dispatch.DeliveryTarget;
import org.jspecify.annotations.Nullable;

/**
 * The publishers of an application that events are routed to. They are looked for once
 * all beans exist. What cannot work fails the start.
 */
public final class EventPublishers {

	private final Supplier<Map<String, EventPublisher>> publishers;

	private final Supplier<@Nullable EventRouter> router;

	private final PublishSettings settings;

	private final EventCodec codec;

	private volatile @Nullable List<DeliveryTarget> targets;

	/**
	 * Creates an instance; nothing is looked for yet.
	 * @param publishers finds the publishers by their names
	 * @param router finds the router, if there is one
	 * @param settings what is configured
	 * @param codec reads headers
	 */
	public EventPublishers(Supplier<Map<String, EventPublisher>> publishers, Supplier<@Nullable EventRouter> router,
			PublishSettings settings, EventCodec codec) {
		this.publishers = publishers;
		this.router = router;
		this.settings = settings;
		this.codec = codec;
	}

	/**
	 * Returns the publishers that something is routed to.
	 * @return one target for each; empty until they have been looked for
	 */
	public List<DeliveryTarget> targets() {
		List<DeliveryTarget> found = this.targets;
		return (found != null) ? found : List.of();
	}

	/**
	 * Looks for the publishers, if that has not been done yet. To be called when all
	 * singletons exist.
	 * @throws InvalidPublishingException if a route leads nowhere, or if something is
	 * configured for a publisher that there is not
	 */
	public synchronized void findPublishers() {
		if (this.targets != null) {
			return;
		}
		Map<String, EventPublisher> found = new TreeMap<>(this.publishers.get());
		this.settings.onExhaustion().keySet().forEach((name) -> {
			if (!found.containsKey(name)) {
				throw InvalidPublishingException.ofSettings(name, found.keySet());
			}
		});
		Routing routing = routingTo(found);
		this.targets = found.entrySet()
			.stream()
			.<DeliveryTarget>map((entry) -> new PublisherTarget(entry.getKey(), entry.getValue(), routing, this.codec,
					this.settings.deliveryTo(entry.getKey())))
			.filter((target) -> !target.subscription().topics().isEmpty())
			.peek((target) -> checkTimeout(target, found.get(target.consumer().value())))
			.toList();
	}

	private static void checkTimeout(DeliveryTarget target, @Nullable EventPublisher publisher) {
		Duration timeout = target.settings().failures().timeout();
		if (timeout != null && publisher instanceof TimedPublisher timed
				&& timed.longestCall().compareTo(timeout) >= 0) {
			throw InvalidPublishingException.ofTimeout(target.consumer().value(), timed, timeout);
		}
	}

	private Routing routingTo(Map<String, EventPublisher> found) {
		EventRouter coded = this.router.get();
		if (coded == null) {
			return new ConfiguredRouting(this.settings.routes(), found);
		}
		if (!this.settings.routes().isEmpty()) {
			throw new InvalidPublishingException(
					"There are routes in 'pyxbox.publish.routes', and there is an EventRouter bean.",
					"Remove one of the two. What the properties say, the router can say as well.");
		}
		return new CodedRouting(coded, found.keySet());
	}

}
