package io.pyxbox.publish.rabbit;

import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Delivery;
import com.rabbitmq.client.NoOpMetricsCollector;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.EventPublisherContract;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
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

	private static RabbitBroker broker;

	private final RabbitPublishers publishers = new RabbitPublishers();

	private final RabbitEventPublisher publisher = this.publishers.publisher(broker.port());

	@BeforeAll
	static void startBroker() {
		broker = RabbitBroker.get();
	}

	@AfterEach
	void closeConnections() {
		this.publishers.close();
	}

	@Override
	protected EventPublisher publisher() {
		return this.publisher;
	}

	@Override
	protected String emptyDestination() {
		String name = broker.newName();
		broker.createExchangeWithQueue(name);
		return name;
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
	void headersThatRabbitMqWouldRouteByAreLeftOut() throws Exception {
		String exchange = emptyDestination();

		List<PublishOutcome> outcomes = publisher()
			.publish(List.of(event(exchange, "key", "{}", Map.of("CC", "mail", "BCC", "mail", "tenant", "blue"))));

		assertThat(outcomes).containsExactly(PublishOutcome.acked());
		assertThat(RabbitBroker.headers(broker.read(exchange).get(0))).containsEntry("tenant", "blue")
			.doesNotContainKeys("CC", "BCC");
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
		String queue = broker.newName();
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

		this.publishers.publisher(broker.port(), first, second).publish(List.of(event));

		Delivery delivery = broker.read(exchange).get(0);
		assertThat(delivery.getProperties().getPriority()).isEqualTo(7);
		assertThat(RabbitBroker.headers(delivery)).containsEntry("priority", "7");
		assertThat(delivery.getProperties().getMessageId()).isEqualTo(event.metadata().id().toString());
	}

	@Test
	void moreOfAKeyMayBeOnTheirWayIfThatIsWanted() throws Exception {
		String exchange = emptyDestination();
		List<OutgoingEvent> events = events(exchange, "key", 1_000);

		List<PublishOutcome> outcomes = this.publishers.publisherOfMore(broker.port(), 50).publish(events);

		assertThat(outcomes).hasSize(1_000).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(exchange)).extracting(Received::id).isEqualTo(RabbitPublishers.ids(events));
	}

	@Test
	void usesNoNewChannelForEachBatch() throws Exception {
		String exchange = emptyDestination();
		AtomicInteger channels = new AtomicInteger();
		CachingConnectionFactory factory = this.publishers.factory(broker.port());
		factory.getRabbitConnectionFactory().setMetricsCollector(new NoOpMetricsCollector() {

			@Override
			public void newChannel(Channel channel) {
				channels.incrementAndGet();
			}

		});
		RabbitEventPublisher publisher = this.publishers.publisher(factory);

		for (int i = 0; i < 20; i++) {
			publisher.publish(events(exchange, "key", 2));
		}

		assertThat(channels).hasValue(1);
	}

	@Test
	void worksWithAFactoryThatHasAConnectionForEachOfItsUsers() throws Exception {
		String exchange = emptyDestination();
		CachingConnectionFactory factory = this.publishers.factory(broker.port());
		factory.setCacheMode(CachingConnectionFactory.CacheMode.CONNECTION);
		RabbitEventPublisher publisher = this.publishers.publisher(factory);

		publisher.publish(events(exchange, "key", 5));
		publisher.publish(events(exchange, "key", 5));
		publisher.close();

		assertThat(receivedBy(exchange)).hasSize(10);
	}

}
