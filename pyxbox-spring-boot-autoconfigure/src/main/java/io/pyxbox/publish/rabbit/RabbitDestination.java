package io.pyxbox.publish.rabbit;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

	private static final String SYNTAX = "A destination is 'exchange', 'exchange/routing key' or '/queue'; the routing "
			+ "key may have {type}, {topic} and {key} in it.";

	/** Longer names do not fit into the protocol. */
	private static final int MAX_BYTES = 255;

	private static final Pattern IN_BRACES = Pattern.compile("\\{[^{}]*}");

	private static final Set<String> PLACEHOLDERS = Set.of("{type}", "{topic}", "{key}");

	/**
	 * Checks a destination as it is configured.
	 * @throws IllegalArgumentException if there can be no such destination
	 */
	static void check(String destination) {
		int slash = destination.indexOf('/');
		String exchange = (slash < 0) ? destination : destination.substring(0, slash);
		String template = destination.substring(slash + 1);
		if (exchange.isEmpty() && template.isBlank()) {
			throw new IllegalArgumentException("After the slash the name of a queue is missing. " + SYNTAX);
		}
		Matcher matcher = IN_BRACES.matcher((slash < 0) ? "" : template);
		while (matcher.find()) {
			if (!PLACEHOLDERS.contains(matcher.group())) {
				throw new IllegalArgumentException("What " + matcher.group() + " stands for is not known. " + SYNTAX);
			}
		}
		if (isTooLong(exchange) || isTooLong(matcher.replaceAll(""))) {
			throw new IllegalArgumentException(
					"In RabbitMQ the names of exchanges and queues, and routing keys, have up to " + MAX_BYTES
							+ " bytes.");
		}
	}

	private static boolean isTooLong(String name) {
		return name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES;
	}

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
