package io.pyxbox.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.pyxbox.ConsumerId;
import io.pyxbox.dispatch.DeliveryTarget;
import io.pyxbox.listener.OutboxListenerProcessor;
import io.pyxbox.publish.EventPublishers;
import io.pyxbox.store.Subscription;

/**
 * All consumers of the application: its listeners and its publishers.
 *
 * @param listeners finds the listeners
 * @param publishers finds the publishers
 */
record ConsumerTargets(OutboxListenerProcessor listeners, EventPublishers publishers) {

	/** Looks for them, once all beans exist. */
	void find() {
		this.listeners.findListeners();
		this.publishers.findPublishers();
		Set<ConsumerId> taken = this.listeners.targets()
			.stream()
			.map(DeliveryTarget::consumer)
			.collect(Collectors.toSet());
		for (DeliveryTarget publisher : this.publishers.targets()) {
			if (taken.contains(publisher.consumer())) {
				throw new PyxboxConfigurationException(
						"An @OutboxListener and an EventPublisher bean are both the consumer '" + publisher.consumer()
								+ "'.",
						"Give the listener another consumer = \"...\", or the publisher's bean another name.", null);
			}
		}
	}

	/** What has been found. */
	List<DeliveryTarget> all() {
		return Stream.concat(this.listeners.targets().stream(), this.publishers.targets().stream()).toList();
	}

	Map<ConsumerId, Subscription> subscriptions() {
		return all().stream().collect(Collectors.toMap(DeliveryTarget::consumer, DeliveryTarget::subscription));
	}

}
