package io.pyxbox.publish.rabbit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static io.pyxbox.publish.rabbit.RabbitPublishers.ackedFromTheBeginning;
import static io.pyxbox.publish.rabbit.RabbitPublishers.event;
import static io.pyxbox.publish.rabbit.RabbitPublishers.events;
import static io.pyxbox.publish.rabbit.RabbitPublishers.ids;
import static io.pyxbox.publish.rabbit.RabbitPublishers.idsIn;
import static io.pyxbox.publish.rabbit.RabbitPublishers.kinds;
import static io.pyxbox.publish.rabbit.RabbitPublishers.reason;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What RabbitMQ refuses, returns, or ends a channel for, is that event's failure and
 * nobody else's.
 */
class RabbitRefusalsTests {

	private static RabbitBroker broker;

	private final RabbitPublishers publishers = new RabbitPublishers();

	private final EventPublisher publisher = this.publishers.publisher(broker.port());

	@BeforeAll
	static void startBroker() {
		broker = RabbitBroker.get();
	}

	@AfterEach
	void closeConnections() {
		this.publishers.close();
	}

	@Test
	void aCustomizerThatThrowsFailsItsEventAndHoldsBackItsKey() throws Exception {
		String exchange = newExchange();
		OutgoingEvent bad = event(exchange, "a");
		RabbitMessageCustomizer throwing = (message, event) -> {
			if (event == bad) {
				throw new IllegalStateException("bad");
			}
			return message;
		};

		List<PublishOutcome> outcomes = this.publishers.publisher(broker.port(), throwing)
			.publish(List.of(bad, event(exchange, "a"), event(exchange, "b")));

		assertThat(kinds(outcomes)).containsExactly("Failed", "NotSent", "Acked");
	}

	@Test
	void whatNoQueueTakesHasFailedAndHoldsBackItsKey() throws Exception {
		String exchange = newExchange();
		String nowhere = broker.newName();
		broker.createExchange(nowhere);

		List<PublishOutcome> outcomes = this.publisher.publish(List.of(event(exchange, "a"),
				event(nowhere + "/eu", "a"), event(exchange, "a"), event(exchange, "b"), event(nowhere, null)));

		assertThat(kinds(outcomes)).containsExactly("Acked", "Failed", "NotSent", "Acked", "Failed");
		assertThat(reason(outcomes.get(1)))
			.isEqualTo("No queue takes it (312 NO_ROUTE): exchange '" + nowhere + "', routing key 'eu'");
		assertThat(idsIn(broker, exchange)).hasSize(2);
	}

	@Test
	void aQueueThatIsNotThereHasFailedTheEvent() throws Exception {
		List<PublishOutcome> outcomes = this.publisher.publish(List.of(event("/absent", "a")));

		assertThat(reason(outcomes.get(0))).isEqualTo("No queue takes it (312 NO_ROUTE): queue 'absent'");
	}

	@Test
	void failsTheEventsOfAnExchangeThatIsNotThereAndNobodyElses() throws Exception {
		String exchange = newExchange();
		List<OutgoingEvent> batch = new ArrayList<>(events(exchange, null, 100));
		batch.add(event("absent/eu", "a"));
		batch.add(event(exchange, "a"));
		batch.addAll(events(exchange, null, 100));
		batch.addAll(events("absent", null, 5));

		List<PublishOutcome> outcomes = this.publisher.publish(batch);

		assertThat(outcomes.subList(0, 100)).containsOnly(PublishOutcome.acked());
		assertThat(reason(outcomes.get(100))).startsWith("RabbitMQ refuses it (404 NOT_FOUND - no exchange 'absent'")
			.endsWith("exchange 'absent', routing key 'eu'");
		assertThat(outcomes.get(101)).isEqualTo(PublishOutcome.notSent());
		assertThat(outcomes.subList(102, 202)).containsOnly(PublishOutcome.acked());
		assertThat(outcomes.subList(202, 207)).hasOnlyElementsOfType(PublishOutcome.Failed.class);
		assertThat(idsIn(broker, exchange)).hasSize(200);
	}

	@Test
	void whatAFullQueueRefusesHasFailed() throws Exception {
		String queue = broker.newName();
		broker.createQueue(queue, Map.of("x-max-length", 2, "x-overflow", "reject-publish"));

		List<PublishOutcome> outcomes = this.publisher.publish(events("/" + queue, "a", 5));

		assertThat(kinds(outcomes)).containsExactly("Acked", "Acked", "Failed", "NotSent", "NotSent");
		assertThat(reason(outcomes.get(2))).contains("basic.nack").endsWith("queue '" + queue + "'");
	}

	@Test
	void whatIsRefusedIsNotOvertakenByWhatThereIsRoomForAgain() throws Exception {
		assertThat(arrivalsThroughANarrowQueue(this.publisher)).isEqualTo(IntStream.range(0, 500).boxed().toList());
	}

	/** Why there is one of a key at a time. */
	@Test
	void withMoreOfAKeyOnTheirWayWhatIsRefusedIsOvertaken() throws Exception {
		assertThat(arrivalsThroughANarrowQueue(this.publishers.publisherOfMore(broker.port(), 100)))
			.isNotEqualTo(IntStream.range(0, 500).boxed().toList());
	}

	/** In the order in which a receiver that leaves out repetitions sees them. */
	private static List<Integer> arrivalsThroughANarrowQueue(EventPublisher publisher) throws Exception {
		String queue = broker.newName();
		broker.createQueue(queue, Map.of("x-max-length", 1, "x-overflow", "reject-publish"));
		List<OutgoingEvent> events = events("/" + queue, "a", 500);
		List<String> ids = ids(events);
		List<OutgoingEvent> left = new ArrayList<>(events);
		try (RabbitBroker.Subscriber subscriber = broker.subscribe(queue)) {
			while (!left.isEmpty()) {
				List<PublishOutcome> outcomes = publisher.publish(left);
				left.subList(0, ackedFromTheBeginning(outcomes)).clear();
			}
			Awaitility.await().until(() -> subscriber.received().size() >= ids.size());
			return subscriber.received()
				.stream()
				.map((delivery) -> ids.indexOf(delivery.getProperties().getMessageId()))
				.distinct()
				.toList();
		}
	}

	@Test
	void rejectsWhatIsTooLargeAlsoWhereMuchIsOnItsWay() throws Exception {
		String exchange = newExchange();
		List<OutgoingEvent> batch = new ArrayList<>(events(exchange, null, 50));
		batch.add(event(exchange, "a", "x".repeat(RabbitBroker.MAX_MESSAGE_SIZE + 1), Map.of()));
		batch.add(event(exchange, "a"));
		batch.addAll(events(exchange, null, 50));

		List<PublishOutcome> outcomes = this.publisher.publish(batch);

		assertThat(outcomes.get(50)).isInstanceOf(PublishOutcome.Rejected.class);
		assertThat(reason(outcomes.get(50))).contains("406 PRECONDITION_FAILED - message size");
		assertThat(outcomes.get(51)).as("its key may have to wait").isEqualTo(PublishOutcome.notSent());
		assertThat(outcomes).filteredOn(PublishOutcome.acked()::equals).hasSize(100);
		assertThat(idsIn(broker, exchange)).hasSize(100);
	}

	@Test
	void rejectsWhatCannotBeWrittenDown() throws Exception {
		String exchange = newExchange();
		OutgoingEvent longKey = event(exchange + "/" + "x".repeat(256), "a");
		OutgoingEvent longHeader = event(exchange, "b", "{}", Map.of("x".repeat(300), "x"));
		OutgoingEvent largeHeader = event(exchange, "c", "{}", Map.of("x", "x".repeat(200_000)));

		List<PublishOutcome> outcomes = this.publisher.publish(List.of(event(exchange, "a"), longKey, longHeader,
				largeHeader, event(exchange, "a"), event(exchange, "d")));

		assertThat(kinds(outcomes)).containsExactly("Acked", "Rejected", "Rejected", "Rejected", "NotSent", "Acked");
		assertThat(idsIn(broker, exchange)).hasSize(2);
	}

	@Test
	void goesOnWithWhatComesNextAfterFailuresOfEveryKind() throws Exception {
		String exchange = newExchange();
		this.publisher.publish(
				List.of(event("absent", "a"), event("/absent", "b"), event(exchange + "/" + "x".repeat(256), "c")));

		List<PublishOutcome> outcomes = this.publisher.publish(events(exchange, "key", 10));

		assertThat(outcomes).hasSize(10).containsOnly(PublishOutcome.acked());
		assertThat(idsIn(broker, exchange)).hasSize(10);
	}

	private static String newExchange() {
		String name = broker.newName();
		broker.createExchangeWithQueue(name);
		return name;
	}

}
