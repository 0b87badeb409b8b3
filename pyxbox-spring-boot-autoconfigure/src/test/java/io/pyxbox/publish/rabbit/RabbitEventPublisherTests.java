package io.pyxbox.publish.rabbit;

import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.NoOpMetricsCollector;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.CloudEventFormat;
import io.pyxbox.publish.EventPublisherContract;
import io.pyxbox.publish.PublishFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.amqp.core.MessageBuilder;
import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The publisher for RabbitMQ keeps the contract, and does with RabbitMQ what RabbitMQ
 * needs.
 */
class RabbitEventPublisherTests extends EventPublisherContract {

	private static final RabbitBroker broker = RabbitBroker.start();

	private static final AtomicInteger names = new AtomicInteger();

	private static final Duration ACK_TIMEOUT = Duration.ofSeconds(10);

	private final List<CachingConnectionFactory> factories = new ArrayList<>();

	private final RabbitEventPublisher publisher = publisher(List.of(), 1);

	@AfterEach
	void closeConnections() {
		this.factories.forEach(CachingConnectionFactory::destroy);
	}

	@AfterAll
	static void stopBroker() {
		broker.close();
	}

	@Override
	protected EventPublisher publisher() {
		return this.publisher;
	}

	private RabbitEventPublisher publisher(List<RabbitMessageCustomizer> customizers, int inFlightPerKey) {
		return publisher(factory(), customizers, inFlightPerKey);
	}

	private static RabbitEventPublisher publisher(CachingConnectionFactory factory,
			List<RabbitMessageCustomizer> customizers, int inFlightPerKey) {
		return publisher(factory, customizers, inFlightPerKey, ACK_TIMEOUT);
	}

	private static RabbitEventPublisher publisher(CachingConnectionFactory factory,
			List<RabbitMessageCustomizer> customizers, int inFlightPerKey, Duration ackTimeout) {
		return new RabbitEventPublisher(new RabbitChannels(factory),
				new RabbitMessages(new CloudEventFormat("orders", PublishFormat.BINARY), customizers), ackTimeout,
				inFlightPerKey);
	}

	/** As Spring Boot makes it: without confirms, without returns. */
	private CachingConnectionFactory factory() {
		CachingConnectionFactory factory = new CachingConnectionFactory("localhost", broker.port());
		this.factories.add(factory);
		return factory;
	}

	@Override
	protected String emptyDestination() {
		String name = name();
		broker.createExchangeWithQueue(name);
		return name;
	}

	private static String name() {
		return "orders-" + names.incrementAndGet();
	}

	@Override
	protected List<Received> receivedBy(String destination) {
		return broker.read(destination).stream().map(RabbitEventPublisherTests::received).toList();
	}

	private static Received received(Delivery delivery) {
		Map<String, String> headers = RabbitBroker.headers(delivery);
		return new Received(delivery.getProperties().getMessageId(), headers.get("cloudEvents:subject"),
				new String(delivery.getBody(), UTF_8), headers);
	}

	@Override
	protected void takeDown() {
		broker.shutDown();
	}

	@Override
	protected void bringBack() throws Exception {
		broker.startAgain();
	}

	@Test
	void sendsTheAttributesOfCloudEventsAndTheHeadersOfTheEmitter() throws Exception {
		String exchange = emptyDestination();
		OutgoingEvent event = event(exchange, "key", "{\"n\": 1}",
				Map.of("tenant", "blue", "cloudEvents:id", "of the emitter"));

		publisher().publish(List.of(event));

		Delivery delivery = broker.read(exchange).get(0);
		assertThat(RabbitBroker.headers(delivery)).isEqualTo(Map.of("cloudEvents:specversion", "1.0", "cloudEvents:id",
				event.metadata().id().toString(), "cloudEvents:source", "orders", "cloudEvents:type", "ordered",
				"cloudEvents:time", "2030-01-02T03:04:05.678901Z", "cloudEvents:subject", "key", "tenant", "blue"));
		assertThat(delivery.getProperties().getContentType()).isEqualTo("application/json");
		assertThat(delivery.getProperties().getMessageId()).isEqualTo(event.metadata().id().toString());
		assertThat(delivery.getProperties().getDeliveryMode()).as("persistent").isEqualTo(2);
		assertThat(delivery.getProperties().getTimestamp())
			.isEqualTo(Date.from(event.metadata().createdAt().truncatedTo(ChronoUnit.SECONDS)));
	}

	@Test
	void theRoutingKeyIsTheTypeOrWhatTheDestinationSays() throws Exception {
		String exchange = emptyDestination();

		publisher().publish(List.of(event(exchange, "k", "{}"), event(exchange + "/a.b", "k", "{}"),
				event(exchange + "/{topic}.{type}.{key}", "k", "{}"), event(exchange + "/{key}", null, "{}")));

		assertThat(broker.read(exchange)).extracting((delivery) -> delivery.getEnvelope().getRoutingKey())
			.containsExactlyInAnyOrder("ordered", "a.b", "orders.ordered.k", "");
	}

	@Test
	void aSlashAloneLeadsToAQueue() throws Exception {
		String queue = name();
		broker.createQueue(queue, Map.of());

		List<PublishOutcome> outcomes = publisher().publish(events("/" + queue, "key", 3));

		assertThat(outcomes).hasSize(3).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(queue)).hasSize(3);
	}

	@Test
	void customizersChangeTheMessageInTheirOrderButNotItsId() throws Exception {
		String exchange = emptyDestination();
		RabbitMessageCustomizer first = (message,
				event) -> MessageBuilder.fromMessage(message).setPriority(7).setMessageId("another").build();
		RabbitMessageCustomizer second = (message, event) -> {
			message.getMessageProperties().setHeader("priority", message.getMessageProperties().getPriority());
			return message;
		};
		OutgoingEvent event = event(exchange, "key", "{}");

		publisher(List.of(first, second), 1).publish(List.of(event));

		Delivery delivery = broker.read(exchange).get(0);
		assertThat(delivery.getProperties().getPriority()).isEqualTo(7);
		assertThat(RabbitBroker.headers(delivery)).containsEntry("priority", "7");
		assertThat(delivery.getProperties().getMessageId()).isEqualTo(event.metadata().id().toString());
	}

	@Test
	void aCustomizerThatThrowsFailsItsEventAndHoldsBackItsKey() throws Exception {
		String exchange = emptyDestination();
		OutgoingEvent bad = event(exchange, "a", "{\"n\": 1}");
		RabbitMessageCustomizer throwing = (message, event) -> {
			if (event == bad) {
				throw new IllegalStateException("bad");
			}
			return message;
		};

		List<PublishOutcome> outcomes = publisher(List.of(throwing), 1)
			.publish(List.of(bad, event(exchange, "a", "{}"), event(exchange, "b", "{}")));

		assertThat(outcomes).extracting(RabbitEventPublisherTests::kind).containsExactly("Failed", "NotSent", "Acked");
	}

	@Test
	void whatNoQueueTakesHasFailedAndHoldsBackItsKey() throws Exception {
		String exchange = emptyDestination();
		String nowhere = name();
		broker.createExchange(nowhere);

		List<PublishOutcome> outcomes = publisher()
			.publish(List.of(event(exchange, "a", "{}"), event(nowhere + "/eu", "a", "{}"), event(exchange, "a", "{}"),
					event(exchange, "b", "{}"), event(nowhere, null, "{}")));

		assertThat(outcomes).extracting(RabbitEventPublisherTests::kind)
			.containsExactly("Acked", "Failed", "NotSent", "Acked", "Failed");
		assertThat(reason(outcomes.get(1)))
			.isEqualTo("No queue takes it (312 NO_ROUTE): exchange '" + nowhere + "', routing key 'eu'");
		assertThat(receivedBy(exchange)).hasSize(2);
	}

	@Test
	void aQueueThatIsNotThereHasFailedTheEvent() throws Exception {
		List<PublishOutcome> outcomes = publisher().publish(List.of(event("/absent", "a", "{}")));

		assertThat(reason(outcomes.get(0))).isEqualTo("No queue takes it (312 NO_ROUTE): queue 'absent'");
	}

	@Test
	void failsTheEventsOfAnExchangeThatIsNotThereAndNobodyElses() throws Exception {
		String exchange = emptyDestination();
		List<OutgoingEvent> batch = new ArrayList<>(events(exchange, null, 100));
		batch.add(event("absent/eu", "a", "{}"));
		batch.add(event(exchange, "a", "{}"));
		batch.addAll(events(exchange, null, 100));
		batch.addAll(events("absent", null, 5));

		List<PublishOutcome> outcomes = publisher().publish(batch);

		assertThat(outcomes.subList(0, 100)).containsOnly(PublishOutcome.acked());
		assertThat(reason(outcomes.get(100))).startsWith("RabbitMQ refuses it (404 NOT_FOUND - no exchange 'absent'")
			.endsWith("exchange 'absent', routing key 'eu'");
		assertThat(outcomes.get(101)).isEqualTo(PublishOutcome.notSent());
		assertThat(outcomes.subList(102, 202)).containsOnly(PublishOutcome.acked());
		assertThat(outcomes.subList(202, 207)).hasOnlyElementsOfType(PublishOutcome.Failed.class);
		assertThat(receivedBy(exchange).stream().map(Received::id).distinct()).hasSize(200);
	}

	@Test
	void whatAFullQueueRefusesHasFailed() throws Exception {
		String queue = name();
		broker.createQueue(queue, Map.of("x-max-length", 2, "x-overflow", "reject-publish"));

		List<PublishOutcome> outcomes = publisher().publish(events("/" + queue, "a", 5));

		assertThat(outcomes).extracting(RabbitEventPublisherTests::kind)
			.containsExactly("Acked", "Acked", "Failed", "NotSent", "NotSent");
		assertThat(reason(outcomes.get(2))).contains("basic.nack").endsWith("queue '" + queue + "'");
	}

	@Test
	void whatIsRefusedIsNotOvertakenByWhatThereIsRoomForAgain() throws Exception {
		assertThat(arrivalsThroughANarrowQueue(publisher())).isEqualTo(IntStream.range(0, 500).boxed().toList());
	}

	/** Why there is one of a key at a time. */
	@Test
	void withMoreOfAKeyOnTheirWayWhatIsRefusedIsOvertaken() throws Exception {
		assertThat(arrivalsThroughANarrowQueue(publisher(List.of(), 100)))
			.isNotEqualTo(IntStream.range(0, 500).boxed().toList());
	}

	/** In the order in which a receiver that leaves out repetitions sees them. */
	private static List<Integer> arrivalsThroughANarrowQueue(EventPublisher publisher) throws Exception {
		String queue = name();
		broker.createQueue(queue, Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
		List<OutgoingEvent> events = events("/" + queue, "a", 500);
		List<String> ids = events.stream().map((event) -> event.metadata().id().toString()).toList();
		List<OutgoingEvent> left = new ArrayList<>(events);
		try (RabbitBroker.Subscriber subscriber = broker.subscribe(queue)) {
			while (!left.isEmpty()) {
				List<PublishOutcome> outcomes = publisher.publish(left);
				left.subList(0, (int) outcomes.stream().takeWhile(PublishOutcome.acked()::equals).count()).clear();
			}
			await().until(() -> subscriber.received().size() >= ids.size());
			return subscriber.received()
				.stream()
				.map((delivery) -> ids.indexOf(delivery.getProperties().getMessageId()))
				.distinct()
				.toList();
		}
	}

	@Test
	void moreOfAKeyMayBeOnTheirWayIfThatIsWanted() throws Exception {
		String exchange = emptyDestination();
		List<OutgoingEvent> events = events(exchange, "key", 1_000);

		List<PublishOutcome> outcomes = publisher(List.of(), 50).publish(events);

		assertThat(outcomes).hasSize(1_000).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(exchange)).extracting(Received::id)
			.isEqualTo(events.stream().map((event) -> event.metadata().id().toString()).toList());
	}

	@Test
	void rejectsWhatIsTooLargeAlsoWhereMuchIsOnItsWay() throws Exception {
		String exchange = emptyDestination();
		List<OutgoingEvent> batch = new ArrayList<>(events(exchange, null, 50));
		batch.add(event(exchange, "a", "{\"x\": \"" + "x".repeat(RabbitBroker.MAX_MESSAGE_SIZE) + "\"}"));
		batch.add(event(exchange, "a", "{}"));
		batch.addAll(events(exchange, null, 50));

		List<PublishOutcome> outcomes = publisher().publish(batch);

		assertThat(outcomes.get(50)).isInstanceOf(PublishOutcome.Rejected.class);
		assertThat(reason(outcomes.get(50))).contains("406 PRECONDITION_FAILED - message size");
		assertThat(outcomes.get(51)).as("its key may have to wait").isEqualTo(PublishOutcome.notSent());
		assertThat(outcomes).filteredOn(PublishOutcome.acked()::equals).hasSize(100);
		assertThat(receivedBy(exchange).stream().map(Received::id).distinct()).hasSize(100);
	}

	@Test
	void rejectsWhatCannotBeWrittenDown() throws Exception {
		String exchange = emptyDestination();
		OutgoingEvent longKey = event(exchange + "/" + "x".repeat(256), "a", "{}");
		OutgoingEvent longHeader = event(exchange, "b", "{}", Map.of("x".repeat(300), "x"));
		OutgoingEvent largeHeader = event(exchange, "c", "{}", Map.of("x", "x".repeat(200_000)));

		List<PublishOutcome> outcomes = publisher().publish(List.of(longKey, longHeader, largeHeader,
				event(exchange, "a", "{}"), event(exchange, "b", "{}"), event(exchange, "c", "{}")));

		assertThat(outcomes.subList(0, 3)).hasOnlyElementsOfType(PublishOutcome.Rejected.class);
		assertThat(outcomes.subList(3, 6)).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(exchange)).hasSize(3);
	}

	@Test
	void goesOnWithWhatComesNextAfterFailuresOfEveryKind() throws Exception {
		String exchange = emptyDestination();
		publisher().publish(List.of(event("absent", "a", "{}"), event("/absent", "b", "{}"),
				event(exchange + "/" + "x".repeat(256), "c", "{}")));

		List<PublishOutcome> outcomes = publisher().publish(events(exchange, "key", 10));

		assertThat(outcomes).hasSize(10).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(exchange)).hasSize(10);
	}

	@Test
	void usesNoNewChannelForEachBatch() throws Exception {
		String exchange = emptyDestination();
		AtomicInteger channels = new AtomicInteger();
		CachingConnectionFactory factory = factory();
		factory.getRabbitConnectionFactory().setMetricsCollector(new NoOpMetricsCollector() {

			@Override
			public void newChannel(Channel channel) {
				channels.incrementAndGet();
			}

		});
		RabbitEventPublisher publisher = publisher(factory, List.of(), 1);

		for (int i = 0; i < 20; i++) {
			publisher.publish(events(exchange, "key", 2));
		}

		assertThat(channels).hasValue(1);
	}

	@Test
	void aBrokerThatNobodyAnswersForIsADestinationThatIsDown() throws Exception {
		CachingConnectionFactory factory = new CachingConnectionFactory("localhost", 1);

		List<PublishOutcome> outcomes = publisher(factory, List.of(), 1).publish(events("orders", null, 3));

		assertThat(outcomes).extracting(RabbitEventPublisherTests::kind)
			.containsExactly("DestinationDown", "NotSent", "NotSent");
		assertThat(((PublishOutcome.DestinationDown) outcomes.get(0)).cause())
			.hasRootCauseInstanceOf(ConnectException.class);
	}

	@Test
	void credentialsThatAreRefusedAreADestinationThatIsDown() throws Exception {
		CachingConnectionFactory factory = factory();
		factory.setPassword("wrong");

		List<PublishOutcome> outcomes = publisher(factory, List.of(), 1).publish(events("orders", null, 2));

		assertThat(outcomes).extracting(RabbitEventPublisherTests::kind).containsExactly("DestinationDown", "NotSent");
	}

	@Test
	void worksWithAFactoryThatHasAConnectionForEachOfItsUsers() throws Exception {
		String exchange = emptyDestination();
		CachingConnectionFactory factory = factory();
		factory.setCacheMode(CachingConnectionFactory.CacheMode.CONNECTION);
		RabbitEventPublisher publisher = publisher(factory, List.of(), 1);

		publisher.publish(events(exchange, "key", 5));
		publisher.publish(events(exchange, "key", 5));
		publisher.close();

		assertThat(receivedBy(exchange)).hasSize(10);
	}

	@Test
	void aBrokerThatIsKilledLosesNothingThatItHasConfirmed() throws Exception {
		String exchange = emptyDestination();
		List<OutgoingEvent> events = events(exchange, null, 500);
		assertThat(publisher().publish(events)).containsOnly(PublishOutcome.acked());

		broker.kill();
		broker.startAgain();

		assertThat(receivedBy(exchange)).hasSize(500);
	}

	@Test
	void aBrokerThatReadsNothingForLackOfMemoryIsADestinationThatIsDown() throws Exception {
		String exchange = emptyDestination();
		Duration timeout = Duration.ofSeconds(3);
		RabbitEventPublisher publisher = publisher(factory(), List.of(), 1, timeout);
		List<OutgoingEvent> events = events(exchange, "key", 3);
		broker.runOutOfMemory();
		try {
			assertThat(publisher.publish(events)).extracting(RabbitEventPublisherTests::kind)
				.containsExactly("DestinationDown", "NotSent", "NotSent");
			long startedAt = System.nanoTime();
			assertThat(publisher.publish(events)).extracting(RabbitEventPublisherTests::kind)
				.containsExactly("DestinationDown", "NotSent", "NotSent");
			assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).as("it is known").isLessThan(timeout);
		}
		finally {
			broker.haveMemoryAgain();
		}
		await().until(() -> publisher.publish(events).equals(Collections.nCopies(3, PublishOutcome.acked())));
		assertThat(receivedBy(exchange).stream().map(Received::id).distinct())
			.isEqualTo(events.stream().map((event) -> event.metadata().id().toString()).toList());
	}

	private static String kind(PublishOutcome outcome) {
		return outcome.getClass().getSimpleName();
	}

	private static String reason(PublishOutcome outcome) {
		if (outcome instanceof PublishOutcome.Rejected rejected) {
			return rejected.cause().getMessage();
		}
		return ((PublishOutcome.Failed) outcome).cause().getMessage();
	}

}
