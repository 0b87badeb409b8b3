package io.pyxbox.publish.sqs;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.EventPublisherContract;
import io.pyxbox.publish.EventPublisherContract.Received;
import io.pyxbox.publish.PublishFormat;
import io.pyxbox.publish.aws.UnusableDestinationException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsAsyncClient;
import software.amazon.awssdk.services.sqs.model.BatchResultErrorEntry;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The publisher for SQS does with it what it needs.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SqsEventPublisherTests {

	private static final AtomicInteger names = new AtomicInteger();

	private static SqsServer server;

	private static SqsAsyncClient client;

	@BeforeAll
	static void startServer() {
		server = SqsServer.start();
		client = SqsServer.client(server.endpoint());
	}

	@AfterAll
	static void stopServer() {
		client.close();
		server.close();
	}

	@Test
	void sendsTheAttributesOfCloudEventsAndTheHeadersOfTheEmitter() throws Exception {
		String queue = queue();
		OutgoingEvent event = EventPublisherContract.event(queue, "key", "{\"n\": 1}",
				Map.of("tenant", "blue", "ce_id", "of the emitter", "content-type", "of the emitter"));

		SqsPublishers.of(client).publish(List.of(event));

		assertThat(received(queue)).singleElement().satisfies((received) -> {
			assertThat(received.body()).isEqualTo("{\"n\": 1}");
			assertThat(received.headers())
				.isEqualTo(Map.of("ce_specversion", "1.0", "ce_id", event.metadata().id().toString(), "ce_source",
						"orders", "ce_type", "ordered", "ce_time", "2030-01-02T03:04:05.678901Z", "ce_subject", "key",
						"content-type", "application/json", "tenant", "blue"));
		});
	}

	@Test
	void headersThatFindNoPlaceAreTogetherInOne() throws Exception {
		String queue = queue();
		Map<String, String> headers = new HashMap<>(Map.of("traceparent", "00-1", "empty", "", "a b", "spaces", "AWS.x",
				"reserved", "control", "\u0001\uffff", "headers", "own"));
		IntStream.range(0, 10).forEach((i) -> headers.put("a" + i, "value"));
		OutgoingEvent event = EventPublisherContract.event(queue, "key", "{}", headers);

		List<PublishOutcome> outcomes = SqsPublishers.of(client).publish(List.of(event));

		assertThat(outcomes).containsExactly(PublishOutcome.acked());
		Map<String, String> attributes = received(queue).get(0).headers();
		assertThat(attributes).hasSize(10).containsEntry("traceparent", "00-1").containsEntry("a0", "value");
		Map<String, String> found = new HashMap<>();
		JsonMapper.shared()
			.readTree(attributes.get("headers"))
			.properties()
			.forEach((header) -> found.put(header.getKey(), header.getValue().asString()));
		headers.keySet().removeAll(Set.of("traceparent", "a0"));
		assertThat(found).isEqualTo(headers);
	}

	@Test
	void anAttributeThatSqsWouldNotTakeIsAmongTheHeaders() throws Exception {
		String queue = queue();
		OutgoingEvent event = EventPublisherContract.event(queue, "a\u0001b", "{}");

		List<PublishOutcome> outcomes = SqsPublishers.of(client).publish(List.of(event));

		assertThat(outcomes).containsExactly(PublishOutcome.acked());
		Map<String, String> attributes = received(queue).get(0).headers();
		assertThat(attributes).doesNotContainKey("ce_subject").containsEntry("ce_type", "ordered");
		assertThat(JsonMapper.shared().readTree(attributes.get("headers")).get("ce_subject").asString())
			.isEqualTo("a\u0001b");
	}

	@Test
	void inStructuredModeTheBodyIsADocument() throws Exception {
		String queue = queue();
		OutgoingEvent event = EventPublisherContract.event(queue, "key", "{\"n\": 1}", Map.of("tenant", "blue"));

		SqsPublishers.of(client, Duration.ofMinutes(10), PublishFormat.STRUCTURED).publish(List.of(event));

		Received received = received(queue).get(0);
		assertThat(received.headers())
			.isEqualTo(Map.of("content-type", "application/cloudevents+json; charset=UTF-8", "tenant", "blue"));
		assertThat(received.body()).contains("\"data\":{\"n\": 1}")
			.contains("\"id\":\"" + event.metadata().id() + "\"");
	}

	@Test
	void charactersThatSqsDoesNotTakeAreEscaped() throws Exception {
		String queue = queue();
		OutgoingEvent event = EventPublisherContract.event(queue, "key", "{\"text\": \"\uffff😀é\"}");

		List<PublishOutcome> outcomes = SqsPublishers.of(client).publish(List.of(event));

		assertThat(outcomes).containsExactly(PublishOutcome.acked());
		assertThat(received(queue).get(0).body()).isEqualTo("{\"text\": \"\\uffff😀é\"}");
	}

	@Test
	void inAFifoQueueTheGroupIsTheKeyAndRepeatsAreKnownByTheId() throws Exception {
		String queue = fifoQueue();
		String longKey = "Ä ".repeat(100);
		List<OutgoingEvent> events = List.of(EventPublisherContract.event(queue, "key-1", "{}"),
				EventPublisherContract.event(queue, longKey, "{}"), EventPublisherContract.event(queue, null, "{}"),
				EventPublisherContract.event(queue, longKey, "{}"));

		List<PublishOutcome> outcomes = SqsPublishers.of(client).publish(events);
		SqsPublishers.of(client).publish(events);

		assertThat(outcomes).hasSize(4).containsOnly(PublishOutcome.acked());
		Map<String, String> groups = new HashMap<>();
		server.read(queue)
			.forEach((message) -> groups.put(
					message.attributes().get(MessageSystemAttributeName.MESSAGE_DEDUPLICATION_ID),
					message.attributes().get(MessageSystemAttributeName.MESSAGE_GROUP_ID)));
		assertThat(server.read(queue)).as("none twice").hasSize(4);
		assertThat(groups.get(id(events.get(0)))).isEqualTo("key-1");
		assertThat(groups.get(id(events.get(1)))).matches("sha256-[0-9a-f]{64}");
		assertThat(groups.get(id(events.get(2)))).isEqualTo(id(events.get(2)));
		assertThat(groups.get(id(events.get(3)))).isEqualTo(groups.get(id(events.get(1))));
	}

	@Test
	void customizersChangeTheMessageInTheirOrder() throws Exception {
		String queue = queue();
		SqsMessageCustomizer one = (message, event) -> message.toBuilder().messageBody(event.text() + " 1").build();
		SqsMessageCustomizer other = (message,
				event) -> message.toBuilder().messageBody(message.messageBody() + " 2").build();

		SqsPublishers.of(client, one, other).publish(List.of(EventPublisherContract.event(queue, "key", "{}")));

		assertThat(received(queue).get(0).body()).isEqualTo("{} 1 2");
	}

	@Test
	void whatIsThrottledInAFifoQueueIsSentAgainInOrder() throws Exception {
		String queue = fifoQueue();
		Map<String, Integer> tries = new HashMap<>();
		FlakySqsClient flaky = flaky((message) -> {
			int number = number(message);
			boolean refused = number % 3 == 0 && tries.merge(message.messageDeduplicationId(), 1, Integer::sum) == 1;
			return refused
					? FlakySqsClient.refused((number % 2 == 0) ? "RequestThrottled" : "InternalError", number % 2 == 0)
					: Optional.empty();
		});
		List<OutgoingEvent> events = IntStream.range(0, 30)
			.mapToObj((i) -> EventPublisherContract.event(queue, "key-" + i % 3, "{\"n\": " + i / 3 + "}"))
			.toList();

		List<PublishOutcome> outcomes = SqsPublishers.of(flaky).publish(events);

		assertThat(outcomes).hasSize(30).containsOnly(PublishOutcome.acked());
		assertThat(tries.values()).hasSize(12).containsOnly(2);
		List<Received> received = received(queue);
		for (int key = 0; key < 3; key++) {
			String name = "key-" + key;
			assertThat(received).filteredOn((each) -> name.equals(each.key()))
				.extracting(Received::body)
				.isEqualTo(IntStream.range(0, 10).mapToObj((i) -> "{\"n\": " + i + "}").toList());
		}
	}

	@Test
	void whatItsSenderIsToBlameForIsRejectedAndItsKeyWaits() throws Exception {
		String queue = fifoQueue();
		FlakySqsClient flaky = flaky((message) -> (number(message) == 2)
				? FlakySqsClient.refused("InvalidParameterValue", true) : Optional.empty());

		List<PublishOutcome> outcomes = SqsPublishers.of(flaky).publish(EventPublisherContract.events(queue, "key", 5));

		assertThat(outcomes.get(2)).isInstanceOfSatisfying(PublishOutcome.Rejected.class,
				(rejected) -> assertThat(rejected.cause()).hasMessage("InvalidParameterValue: Not now"));
		assertThat(received(queue)).extracting(Received::body).containsExactly("{\"n\": 0}", "{\"n\": 1}");
		assertThat(outcomes.subList(3, 5)).containsOnly(PublishOutcome.notSent());
	}

	@Test
	void aMessageThatMakesItsRequestFailIsFoundOut() throws Exception {
		String queue = queue();
		SqsMessageCustomizer wrong = (message,
				event) -> event.text().equals("{\"n\": 7}") ? message.toBuilder()
					.messageAttributes(
							Map.of("x", MessageAttributeValue.builder().dataType("Nonsense").stringValue("x").build()))
					.build() : message;

		List<PublishOutcome> outcomes = SqsPublishers.of(client, wrong)
			.publish(EventPublisherContract.events(queue, null, 20));

		assertThat(outcomes.get(7)).isInstanceOf(PublishOutcome.Rejected.class);
		assertThat(outcomes).filteredOn(PublishOutcome.acked()::equals).hasSize(19);
		assertThat(received(queue)).hasSize(19);
	}

	@Test
	void largeMessagesGoAloneAndOthersTogetherUpToTheLimit() throws Exception {
		String queue = queue();
		FlakySqsClient counting = flaky((message) -> Optional.empty());
		List<OutgoingEvent> events = List.of(large(queue, 100), large(queue, 100), large(queue, 100), large(queue, 250),
				large(queue, 1), large(queue, 1));

		List<PublishOutcome> outcomes = SqsPublishers.of(counting).publish(events);

		assertThat(outcomes).hasSize(6).containsOnly(PublishOutcome.acked());
		assertThat(counting.requests)
			.allMatch((request) -> request.stream().mapToLong(SqsMessages::sizeOf).sum() <= 256 * 1024
					|| request.size() == 1);
		assertThat(counting.requests).extracting(List::size).containsExactly(2, 1, 3);
	}

	@Test
	void aQueueThatThereIsNotFailsItsEventsAndIsAskedForAgainNextTime() throws Exception {
		String queue = queue();
		FlakySqsClient counting = flaky((message) -> Optional.empty());
		SqsEventPublisher publisher = SqsPublishers.of(counting);
		String late = "late-" + names.incrementAndGet();
		List<OutgoingEvent> events = List.of(EventPublisherContract.event(late, "a", "{}"),
				EventPublisherContract.event(late, null, "{}"), EventPublisherContract.event(queue, "b", "{}"),
				EventPublisherContract.event(queue, "a", "{}"));

		List<PublishOutcome> outcomes = publisher.publish(events);
		server.createQueue(late);
		List<PublishOutcome> later = publisher.publish(events);

		assertThat(outcomes).extracting((outcome) -> outcome.getClass().getSimpleName())
			.containsExactly("Failed", "Failed", "Acked", "NotSent");
		assertThat(outcomes.get(0)).isInstanceOfSatisfying(PublishOutcome.Failed.class,
				(failed) -> assertThat(failed.cause()).isInstanceOf(UnusableDestinationException.class)
					.hasMessageContaining("'" + late + "'"));
		assertThat(later).hasSize(4).containsOnly(PublishOutcome.acked());
		assertThat(counting.lookups).as("once, and what was not there twice").containsExactly(late, queue, late);
	}

	@Test
	void aUrlIsADestinationToo() throws Exception {
		String queue = fifoQueue();
		FlakySqsClient counting = flaky((message) -> Optional.empty());

		List<PublishOutcome> outcomes = SqsPublishers.of(counting)
			.publish(EventPublisherContract.events(server.urlOf(queue), "key", 3));

		assertThat(outcomes).hasSize(3).containsOnly(PublishOutcome.acked());
		assertThat(received(queue)).hasSize(3);
		assertThat(counting.lookups).isEmpty();
	}

	@Test
	void withoutCredentialsTheDestinationIsDown() throws Exception {
		try (SqsAsyncClient anonymous = SqsAsyncClient.builder()
			.region(Region.EU_CENTRAL_1)
			.credentialsProvider(ProfileCredentialsProvider.builder()
				.profileFile(ProfileFile.aggregator().build())
				.profileName("absent")
				.build())
			.build()) {

			List<PublishOutcome> outcomes = SqsPublishers.of(anonymous)
				.publish(EventPublisherContract.events("queue", "key", 2));

			assertThat(outcomes).hasSize(2).allMatch(PublishOutcome.DestinationDown.class::isInstance);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://localhost:1", "http://no-such-host.invalid" })
	void aServiceThatNobodyAnswersForIsDown(String endpoint) throws Exception {
		try (SqsAsyncClient lost = SqsServer.client(endpoint)) {
			EventPublisher publisher = SqsPublishers.of(lost);

			List<PublishOutcome> outcomes = publisher.publish(EventPublisherContract.events("queue", null, 3));

			assertThat(outcomes).hasSize(3).allMatch(PublishOutcome.DestinationDown.class::isInstance);
		}
	}

	@Test
	void aQueueThatIsMissingAtTheStartStopsIt() {
		SqsEventPublisher publisher = SqsPublishers.of(client);
		String there = queue();

		publisher.checkDestination(there);
		publisher.checkDestination(server.urlOf(there));

		assertThatIllegalArgumentException().isThrownBy(() -> publisher.checkDestination("absent"))
			.withMessageStartingWith("SQS has no such queue in the region and the account of the SqsAsyncClient.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a queue", "orders.queue", ".fifo", "größe",
			"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890" })
	void aNameThatNoQueueCanHaveStopsTheStart(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> SqsPublishers.of(client).checkDestination(name))
			.withMessageStartingWith("SQS has no such queue. The name of a queue");
	}

	@Test
	void aServiceThatIsAwayDoesNotStopTheStartAndIsAskedOnce() {
		try (FlakySqsClient lost = new FlakySqsClient(SqsServer.client("http://localhost:1"),
				(message) -> Optional.empty())) {
			SqsEventPublisher publisher = SqsPublishers.of(lost);

			publisher.checkDestination("one");
			publisher.checkDestination("other");

			assertThat(lost.lookups).containsExactly("one");
		}
	}

	private static FlakySqsClient flaky(
			Function<SendMessageBatchRequestEntry, Optional<BatchResultErrorEntry>> refusal) {
		return new FlakySqsClient(client, refusal);
	}

	private static OutgoingEvent large(String queue, int kilobytes) {
		return EventPublisherContract.event(queue, null, "{\"x\": \"" + "x".repeat(kilobytes * 1024) + "\"}");
	}

	private static int number(SendMessageBatchRequestEntry message) {
		return JsonMapper.shared().readTree(message.messageBody()).path("n").asInt();
	}

	private static String id(OutgoingEvent event) {
		return event.metadata().id().toString();
	}

	private static String queue() {
		String name = "queue-" + names.incrementAndGet();
		server.createQueue(name);
		return name;
	}

	private static String fifoQueue() {
		String name = "queue-" + names.incrementAndGet() + ".fifo";
		server.createQueue(name);
		return name;
	}

	private static List<Received> received(String queue) {
		List<Message> messages = server.read(queue);
		return messages.stream().map(SqsPublishers::received).toList();
	}

}
