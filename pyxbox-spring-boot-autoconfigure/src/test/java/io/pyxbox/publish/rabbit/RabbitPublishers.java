package io.pyxbox.publish.rabbit;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.PublishFormat;
import org.jspecify.annotations.Nullable;

import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

/**
 * Makes publishers, and events for them, and ends their connections.
 */
final class RabbitPublishers implements AutoCloseable {

	private static final Duration ACK_TIMEOUT = Duration.ofSeconds(60);

	private final List<CachingConnectionFactory> factories = new ArrayList<>();

	/** As Spring Boot makes it: without confirms, without returns. */
	CachingConnectionFactory factory(int port) {
		CachingConnectionFactory factory = new CachingConnectionFactory("localhost", port);
		this.factories.add(factory);
		return factory;
	}

	RabbitEventPublisher publisher(int port, RabbitMessageCustomizer... customizers) {
		return publisher(factory(port), ACK_TIMEOUT, 1, customizers);
	}

	RabbitEventPublisher publisher(CachingConnectionFactory factory) {
		return publisher(factory, ACK_TIMEOUT, 1);
	}

	RabbitEventPublisher impatientPublisher(int port, Duration ackTimeout) {
		return publisher(factory(port), ackTimeout, 1);
	}

	RabbitEventPublisher impatientPublisher(CachingConnectionFactory factory, Duration ackTimeout) {
		return publisher(factory, ackTimeout, 1);
	}

	RabbitEventPublisher publisherOfMore(int port, int inFlightPerKey) {
		return publisher(factory(port), ACK_TIMEOUT, inFlightPerKey);
	}

	private static RabbitEventPublisher publisher(CachingConnectionFactory factory, Duration ackTimeout,
			int inFlightPerKey, RabbitMessageCustomizer... customizers) {
		return new RabbitEventPublisher(new RabbitChannels(factory),
				new RabbitMessages(new CloudEventFormat("orders", PublishFormat.BINARY), List.of(customizers)),
				ackTimeout, inFlightPerKey);
	}

	static OutgoingEvent event(String destination, @Nullable String key) {
		return event(destination, key, "{}", Map.of());
	}

	static OutgoingEvent event(String destination, @Nullable String key, String json, Map<String, String> headers) {
		EventMetadata metadata = new EventMetadata(new EventId(UUID.randomUUID()), "ordered", "orders", key, headers,
				Instant.parse("2030-01-02T03:04:05.678901Z"), 1, new ConsumerId("rabbit"));
		return new OutgoingEvent(metadata, destination, json.getBytes(StandardCharsets.UTF_8));
	}

	static List<OutgoingEvent> events(String destination, @Nullable String key, int count) {
		return IntStream.range(0, count).mapToObj((i) -> event(destination, key)).toList();
	}

	static List<String> ids(List<OutgoingEvent> events) {
		return events.stream().map((event) -> event.metadata().id().toString()).toList();
	}

	/** The ids that have arrived, as a receiver sees them that leaves out repetitions. */
	static List<String> idsIn(RabbitBroker broker, String queue) {
		return broker.read(queue)
			.stream()
			.map((delivery) -> delivery.getProperties().getMessageId())
			.distinct()
			.toList();
	}

	static List<String> kinds(List<PublishOutcome> outcomes) {
		return outcomes.stream().map((outcome) -> outcome.getClass().getSimpleName()).toList();
	}

	/** How many have arrived for certain. */
	static int ackedFromTheBeginning(List<PublishOutcome> outcomes) {
		return (int) outcomes.stream().takeWhile(PublishOutcome.acked()::equals).count();
	}

	static String reason(PublishOutcome outcome) {
		if (outcome instanceof PublishOutcome.Rejected rejected) {
			return rejected.cause().getMessage();
		}
		return ((PublishOutcome.Failed) outcome).cause().getMessage();
	}

	@Override
	public void close() {
		this.factories.forEach(CachingConnectionFactory::destroy);
	}

}
