package io.pyxbox.publish;

import java.util.List;
import java.util.Map;

import io.pyxbox.OnExhaustion;
import io.pyxbox.dispatch.DeliverySettings;
import io.pyxbox.dispatch.FailurePolicy;

/**
 * What is configured for publishers.
 *
 * @param routes which topics go to which of them
 * @param delivery how they want their events
 * @param onExhaustion what becomes of a key after a dead letter, by the name of the
 * publisher; for those that differ from {@code delivery}
 */
public record PublishSettings(List<PublishRoute> routes, DeliverySettings delivery,
		Map<String, OnExhaustion> onExhaustion) {

	public PublishSettings {
		routes = List.copyOf(routes);
		onExhaustion = Map.copyOf(onExhaustion);
	}

	DeliverySettings deliveryTo(String publisher) {
		FailurePolicy failures = this.delivery.failures();
		OnExhaustion exhausted = this.onExhaustion.getOrDefault(publisher, failures.onExhaustion());
		return new DeliverySettings(this.delivery.transactional(), this.delivery.isolation(),
				this.delivery.wholeChunks(), this.delivery.lanes(), this.delivery.calls(),
				new FailurePolicy(failures.retry(), exhausted, failures.timeout(), failures.circuitBreaker()));
	}

}
