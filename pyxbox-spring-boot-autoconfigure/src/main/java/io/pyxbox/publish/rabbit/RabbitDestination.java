package io.pyxbox.publish.rabbit;

import io.pyxbox.OutgoingEvent;
import org.jspecify.annotations.Nullable;

/**
 * Where a message goes: {@code exchange} or {@code exchange/routing key}, and
 * {@code /queue} for a queue by its name, which is what the default exchange takes for a
 * routing key. The event's type is the routing key if none is said; in one that is said,
 * {@code {type}}, {@code {topic}} and {@code {key}} stand for what the event has.
 *
 * @param exchange the name of the exchange; empty for the default exchange
 * @param routingKey the routing key
 */
record RabbitDestination(String exchange, String routingKey) {

	static RabbitDestination of(OutgoingEvent event) {
		String destination = event.destination();
		int slash = destination.indexOf('/');
		if (slash < 0) {
			return new RabbitDestination(destination, event.metadata().type());
		}
		return new RabbitDestination(destination.substring(0, slash),
				routingKey(destination.substring(slash + 1), event));
	}

	private static String routingKey(String template, OutgoingEvent event) {
		if (template.indexOf('{') < 0) {
			return template;
		}
		return template.replace("{type}", event.metadata().type())
			.replace("{topic}", orEmpty(event.metadata().topic()))
			.replace("{key}", orEmpty(event.metadata().partitionKey()));
	}

	private static String orEmpty(@Nullable String text) {
		return (text != null) ? text : "";
	}

	@Override
	public String toString() {
		return this.exchange.isEmpty() ? "queue '" + this.routingKey + "'"
				: "exchange '" + this.exchange + "', routing key '" + this.routingKey + "'";
	}

}
