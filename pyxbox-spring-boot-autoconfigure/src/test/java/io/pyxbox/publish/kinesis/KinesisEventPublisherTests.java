package io.pyxbox.publish.kinesis;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

import io.cloudevents.CloudEvent;
import io.cloudevents.jackson.JsonFormat;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import io.pyxbox.publish.EventPublisherContract;
import io.pyxbox.publish.EventPublisherContract.Received;
import io.pyxbox.publish.PublishFormat;
import io.pyxbox.publish.aws.UnusableDestinationException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The publisher for Kinesis does with it what it needs.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KinesisEventPublisherTests {

	private static final AtomicInteger names = new AtomicInteger();

	private static KinesisServer server;

	private static KinesisAsyncClient client;

	@BeforeAll
	static void startServer() {
		server = KinesisServer.start();
		client = KinesisServer.client(server.endpoint());
	}

	@AfterAll
	static void stopServer() {
		client.close();
		server.close();
	}

	@Test
	void anEventIsADocumentWithAllThatIsKnownOfIt() throws Exception {
		String stream = stream();
		OutgoingEvent event = EventPublisherContract.event(stream, "key", "{\"n\": 1.50}",
				Map.of("tenant", "blue", "X-Zone", "1", "traceparent", "00-1"));

		KinesisPublishers.of(client).publish(List.of(event));

		Record record = server.read(stream).get(0);
		assertThat(record.partitionKey()).isEqualTo("key");
		assertThat(record.data().asUtf8String()).endsWith(",\"data\":{\"n\": 1.50}}");
		assertThat(JsonMapper.shared().readTree(record.data().asUtf8String())).isEqualTo(JsonMapper.shared()
			.readTree("{\"specversion\":\"1.0\",\"id\":\"" + event.metadata().id()
					+ "\",\"source\":\"orders\",\"type\":\"ordered\",\"time\":\"2030-01-02T03:04:05.678901Z\","
					+ "\"subject\":\"key\",\"traceparent\":\"00-1\",\"datacontenttype\":\"application/json\","
					+ "\"headers\":\"{\\\"X-Zone\\\":\\\"1\\\",\\\"tenant\\\":\\\"blue\\\"}\","
					+ "\"data\":{\"n\": 1.50}}"));
	}

	@Test
	void othersReadItAsACloudEvent() throws Exception {
		String stream = stream();
		OutgoingEvent event = EventPublisherContract.event(stream, "key", "{\"n\": 150}", Map.of("X-Zone", "1"));

		KinesisPublishers.of(client).publish(List.of(event));

		CloudEvent read = new JsonFormat().deserialize(server.read(stream).get(0).data().asByteArray());
		assertThat(read.getId()).isEqualTo(id(event));
		assertThat(read.getSubject()).isEqualTo("key");
		assertThat(read.getTime()).isEqualTo("2030-01-02T03:04:05.678901Z");
		assertThat(read.getExtension("headers")).isEqualTo("{\"X-Zone\":\"1\"}");
		assertThat(new String(read.getData().toBytes(), StandardCharsets.UTF_8)).isEqualTo("{\"n\":150}");
	}

	@Test
	void inBinaryModeThereIsThePayloadAndNothingElse() throws Exception {
		String stream = stream();
		OutgoingEvent event = EventPublisherContract.event(stream, "key", "{\"n\": 1.50}", Map.of("tenant", "blue"));

		KinesisPublishers.of(client, PublishFormat.BINARY).publish(List.of(event));

		assertThat(server.read(stream)).singleElement()
			.satisfies((record) -> assertThat(record.data().asUtf8String()).isEqualTo("{\"n\": 1.50}"));
	}

	@Test
	void aKeyThatIsTooLongIsADigestAndEventsWithoutOneAreSpreadByTheirIds() throws Exception {
		String stream = stream();
		List<OutgoingEvent> events = List.of(EventPublisherContract.event(stream, "Ä".repeat(257), "{}"),
				EventPublisherContract.event(stream, "Ä".repeat(256), "{}"),
				EventPublisherContract.event(stream, "", "{}"), EventPublisherContract.event(stream, null, "{}"));

		List<PublishOutcome> outcomes = KinesisPublishers.of(client).publish(events);

		assertThat(outcomes).hasSize(4).containsOnly(PublishOutcome.acked());
		Map<String, String> keys = new HashMap<>();
		received(stream).forEach((received) -> keys.put(received.id(), received.headers().get("partitionKey")));
		assertThat(keys.get(id(events.get(0)))).matches("sha256-[0-9a-f]{64}");
		assertThat(keys.get(id(events.get(1)))).isEqualTo("Ä".repeat(256));
		assertThat(keys.get(id(events.get(2)))).matches("sha256-[0-9a-f]{64}");
		assertThat(keys.get(id(events.get(3)))).isEqualTo(id(events.get(3)));
	}

	@Test
	void customizersChangeTheRecordInTheirOrder() throws Exception {
		String stream = stream();
		KinesisRecordCustomizer one = (record,
				event) -> record.toBuilder().data(SdkBytes.fromUtf8String(event.text() + " 1")).build();
		KinesisRecordCustomizer other = (record,
				event) -> record.toBuilder().data(SdkBytes.fromUtf8String(record.data().asUtf8String() + " 2")).build();

		KinesisPublishers.of(client, one, other).publish(List.of(EventPublisherContract.event(stream, "key", "{}")));

		assertThat(server.read(stream).get(0).data().asUtf8String()).isEqualTo("{} 1 2");
	}

	@Test
	void whatIsThrottledIsSentAgainInOrder() throws Exception {
		String stream = stream();
		Map<String, Integer> tries = new HashMap<>();
		FlakyKinesisClient flaky = flaky((record) -> {
			String data = record.data().asUtf8String();
			int number = JsonMapper.shared().readTree(data).path("data").path("n").asInt();
			boolean refused = number % 3 == 0 && tries.merge(data, 1, Integer::sum) == 1;
			return refused ? (number % 2 == 0) ? "ProvisionedThroughputExceededException" : "InternalFailure" : null;
		});
		List<OutgoingEvent> events = IntStream.range(0, 30)
			.mapToObj((i) -> EventPublisherContract.event(stream, "key-" + i % 3, "{\"n\": " + i / 3 + "}"))
			.toList();

		List<PublishOutcome> outcomes = KinesisPublishers.of(flaky).publish(events);

		assertThat(outcomes).hasSize(30).containsOnly(PublishOutcome.acked());
		assertThat(tries.values()).hasSize(12).containsOnly(2);
		List<Received> received = received(stream);
		for (int key = 0; key < 3; key++) {
			String name = "key-" + key;
			assertThat(received).filteredOn((each) -> name.equals(each.key()))
				.extracting(Received::body)
				.isEqualTo(IntStream.range(0, 10).mapToObj((i) -> "{\"n\": " + i + "}").toList());
		}
	}

	@Test
	void requestsHaveNoMoreRecordsAndBytesThanKinesisTakes() throws Exception {
		String stream = stream();
		FlakyKinesisClient counting = flaky((record) -> null);
		List<OutgoingEvent> many = EventPublisherContract.events(stream, null, 1_200);
		List<OutgoingEvent> large = IntStream.range(0, 9)
			.mapToObj((i) -> EventPublisherContract.event(stream, null, "{\"x\": \"" + "x".repeat(900_000) + "\"}"))
			.toList();

		List<PublishOutcome> outcomes = KinesisPublishers.of(counting).publish(many);
		List<PublishOutcome> outcomesOfLarge = KinesisPublishers.of(counting).publish(large);

		assertThat(outcomes).hasSize(1_200).containsOnly(PublishOutcome.acked());
		assertThat(outcomesOfLarge).hasSize(9).containsOnly(PublishOutcome.acked());
		assertThat(counting.requests).extracting(List::size).containsExactly(500, 500, 200, 5, 4);
	}

	@Test
	void aStreamThatThereIsNotFailsItsEventsAndNobodyElses() throws Exception {
		String stream = stream();
		List<OutgoingEvent> events = List.of(EventPublisherContract.event("absent", "a", "{}"),
				EventPublisherContract.event("absent", null, "{}"), EventPublisherContract.event(stream, "b", "{}"),
				EventPublisherContract.event(stream, "a", "{}"));

		List<PublishOutcome> outcomes = KinesisPublishers.of(client).publish(events);

		assertThat(outcomes).extracting((outcome) -> outcome.getClass().getSimpleName())
			.containsExactly("Failed", "Failed", "Acked", "NotSent");
		assertThat(outcomes.get(0)).isInstanceOfSatisfying(PublishOutcome.Failed.class,
				(failed) -> assertThat(failed.cause()).isInstanceOf(UnusableDestinationException.class)
					.hasMessageContaining("'absent'"));
	}

	@Test
	void anArnIsADestinationToo() throws Exception {
		String stream = stream();

		List<PublishOutcome> outcomes = KinesisPublishers.of(client)
			.publish(EventPublisherContract.events(server.arnOf(stream), "key", 3));

		assertThat(outcomes).hasSize(3).containsOnly(PublishOutcome.acked());
		assertThat(received(stream)).hasSize(3);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://localhost:1", "http://no-such-host.invalid" })
	void aServiceThatNobodyAnswersForIsDown(String endpoint) throws Exception {
		try (KinesisAsyncClient lost = KinesisServer.client(endpoint)) {
			EventPublisher publisher = KinesisPublishers.of(lost);

			List<PublishOutcome> outcomes = publisher.publish(EventPublisherContract.events("stream", null, 3));

			assertThat(outcomes).hasSize(3).allMatch(PublishOutcome.DestinationDown.class::isInstance);
		}
	}

	@Test
	void aStreamThatIsMissingAtTheStartStopsIt() {
		KinesisEventPublisher publisher = KinesisPublishers.of(client);
		String there = stream();

		publisher.checkDestination(there);
		publisher.checkDestination(server.arnOf(there));

		assertThatIllegalArgumentException().isThrownBy(() -> publisher.checkDestination("absent"))
			.withMessageStartingWith(
					"Kinesis has no such stream in the region and the account of the KinesisAsyncClient.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a stream", "größe", "arn:aws:sqs:eu-central-1:000000000000:queue" })
	void aNameThatNoStreamCanHaveStopsTheStart(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> KinesisPublishers.of(client).checkDestination(name))
			.withMessageStartingWith("Kinesis has no such stream. The name of a stream");
	}

	@Test
	void aServiceThatIsAwayDoesNotStopTheStart() {
		try (KinesisAsyncClient lost = KinesisServer.client("http://localhost:1")) {
			KinesisPublishers.of(lost).checkDestination("stream");
		}
	}

	private static FlakyKinesisClient flaky(Function<PutRecordsRequestEntry, @Nullable String> refusal) {
		return new FlakyKinesisClient(client, refusal);
	}

	private static String id(OutgoingEvent event) {
		return event.metadata().id().toString();
	}

	private static String stream() {
		String name = "stream-" + names.incrementAndGet();
		server.createStream(name);
		return name;
	}

	private static List<Received> received(String stream) {
		return server.read(stream).stream().map(KinesisPublishers::received).toList();
	}

}
