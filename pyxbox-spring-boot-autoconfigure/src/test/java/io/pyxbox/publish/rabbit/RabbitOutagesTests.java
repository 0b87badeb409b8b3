package io.pyxbox.publish.rabbit;

import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.chaos.FaultyProxy;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.amqp.rabbit.connection.CachingConnectionFactory;

import static io.pyxbox.publish.rabbit.RabbitPublishers.ackedFromTheBeginning;
import static io.pyxbox.publish.rabbit.RabbitPublishers.events;
import static io.pyxbox.publish.rabbit.RabbitPublishers.ids;
import static io.pyxbox.publish.rabbit.RabbitPublishers.idsIn;
import static io.pyxbox.publish.rabbit.RabbitPublishers.kinds;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * While RabbitMQ is away, or does not answer, no event is to blame; nothing is lost, and
 * nothing is overtaken.
 */
class RabbitOutagesTests {

	private static final Duration IMPATIENT = Duration.ofSeconds(3);

	private static RabbitBroker broker;

	private final RabbitPublishers publishers = new RabbitPublishers();

	private final String exchange = broker.newName();

	@BeforeAll
	static void startBroker() {
		broker = RabbitBroker.get();
	}

	@BeforeEach
	void createExchange() {
		broker.createExchangeWithQueue(this.exchange);
	}

	@AfterEach
	void closeConnections() {
		this.publishers.close();
	}

	@Test
	void aBrokerThatNobodyAnswersForIsADestinationThatIsDown() throws Exception {
		List<PublishOutcome> outcomes = this.publishers.publisher(1).publish(events(this.exchange, null, 3));

		assertThat(kinds(outcomes)).containsExactly("DestinationDown", "NotSent", "NotSent");
		assertThat(((PublishOutcome.DestinationDown) outcomes.get(0)).cause())
			.hasRootCauseInstanceOf(ConnectException.class);
	}

	@Test
	void credentialsThatAreRefusedAreADestinationThatIsDown() throws Exception {
		CachingConnectionFactory factory = this.publishers.factory(broker.port());
		factory.setPassword("wrong");

		List<PublishOutcome> outcomes = this.publishers.publisher(factory).publish(events(this.exchange, null, 2));

		assertThat(kinds(outcomes)).containsExactly("DestinationDown", "NotSent");
	}

	@Test
	void aBrokerThatIsKilledLosesNothingThatItHasConfirmed() throws Exception {
		List<OutgoingEvent> events = events(this.exchange, null, 500);
		assertThat(this.publishers.publisher(broker.port()).publish(events)).containsOnly(PublishOutcome.acked());

		broker.kill();
		broker.startAgain();

		assertThat(idsIn(broker, this.exchange)).containsExactlyInAnyOrderElementsOf(ids(events));
	}

	@Test
	void aBrokerThatReadsNothingForLackOfMemoryIsADestinationThatIsDown() throws Exception {
		EventPublisher publisher = this.publishers.impatientPublisher(broker.port(), IMPATIENT);
		List<OutgoingEvent> events = events(this.exchange, "key", 3);
		broker.runOutOfMemory();
		try {
			assertThat(kinds(publisher.publish(events))).containsExactly("DestinationDown", "NotSent", "NotSent");
			long startedAt = System.nanoTime();
			assertThat(kinds(publisher.publish(events))).containsExactly("DestinationDown", "NotSent", "NotSent");
			assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).as("it is known").isLessThan(IMPATIENT);
		}
		finally {
			broker.haveMemoryAgain();
		}
		publishAll(publisher, events);
		assertThat(idsIn(broker, this.exchange)).isEqualTo(ids(events));
	}

	@Test
	void aConnectionThatWasBlockedHasItsChannelsAgain() throws Exception {
		CachingConnectionFactory factory = this.publishers.factory(broker.port());
		factory.getRabbitConnectionFactory().setRequestedChannelMax(1);
		EventPublisher publisher = this.publishers.impatientPublisher(factory, IMPATIENT);
		List<OutgoingEvent> events = events(this.exchange, "key", 3);
		broker.runOutOfMemory();
		try {
			assertThat(kinds(publisher.publish(events))).containsExactly("DestinationDown", "NotSent", "NotSent");
		}
		finally {
			broker.haveMemoryAgain();
		}

		publishAll(publisher, events);

		assertThat(idsIn(broker, this.exchange)).isEqualTo(ids(events));
	}

	@Test
	void aConnectionThatHasFallenSilentIsGivenUpForANewOne() throws Exception {
		try (FaultyProxy network = new FaultyProxy(broker.port())) {
			EventPublisher publisher = this.publishers.impatientPublisher(network.port(), IMPATIENT);
			List<OutgoingEvent> events = events(this.exchange, "key", 20);
			assertThat(publisher.publish(events.subList(0, 10))).containsOnly(PublishOutcome.acked());
			network.forget();

			List<PublishOutcome> outcomes = publisher.publish(events.subList(10, 20));

			assertThat(kinds(outcomes)).startsWith("DestinationDown", "NotSent").doesNotContain("Acked", "Failed");
			publishAll(publisher, events.subList(10, 20));
			assertThat(idsIn(broker, this.exchange)).isEqualTo(ids(events));
		}
	}

	@Test
	void confirmationsThatAreLostMakeRepetitionsInTheSameOrder() throws Exception {
		try (FaultyProxy network = new FaultyProxy(broker.port())) {
			EventPublisher publisher = this.publishers.impatientPublisher(network.port(), IMPATIENT);
			List<OutgoingEvent> events = new ArrayList<>(events(this.exchange, null, 50));
			events.addAll(events(this.exchange, "key", 50));
			assertThat(publisher.publish(events(this.exchange, "another", 1))).containsOnly(PublishOutcome.acked());
			network.blackholeReplies();
			assertThat(kinds(publisher.publish(events))).contains("DestinationDown").doesNotContain("Acked", "Failed");
			network.cut();
			network.pass();

			publishAll(publisher, events);

			assertThat(broker.read(this.exchange)).hasSizeGreaterThan(101);
			assertThat(idsIn(broker, this.exchange)).hasSize(101).containsSubsequence(ids(events.subList(50, 100)));
		}
	}

	private static void publishAll(EventPublisher publisher, List<OutgoingEvent> events) {
		List<OutgoingEvent> left = new ArrayList<>(events);
		Awaitility.await().until(() -> {
			left.subList(0, ackedFromTheBeginning(publisher.publish(left))).clear();
			return left.isEmpty();
		});
	}

}
