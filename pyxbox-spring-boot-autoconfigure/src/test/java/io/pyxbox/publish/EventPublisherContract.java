package io.pyxbox.publish;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import io.pyxbox.ConsumerId;
import io.pyxbox.DestinationUnavailableException;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What every publisher has to do. A test of an implementation inherits it, and says how
 * to look at the other side.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class EventPublisherContract {

	private static final int TOO_LARGE = 3 * 1024 * 1024;

	/** The publisher to test. */
	protected abstract EventPublisher publisher();

	/** A destination that exists and has received nothing yet. */
	protected abstract String emptyDestination();

	/**
	 * What a destination has received, in that order; if order is per key only, then in
	 * any that agrees with it.
	 */
	protected abstract List<Received> receivedBy(String destination);

	/** Whether there is a size that the destination does not take. */
	protected boolean hasALimit() {
		return true;
	}

	/** Makes the destination disappear, or returns without doing so. */
	protected abstract void takeDown() throws Exception;

	/** Makes it appear again. */
	protected abstract void bringBack() throws Exception;

	@Test
	void acksWhatHasArrivedAsItIsStored() throws Exception {
		String destination = emptyDestination();
		OutgoingEvent event = event(destination, "key", "{\"text\": \"Grüße, 日本\", \"n\": 1}");

		List<PublishOutcome> outcomes = publisher().publish(List.of(event));

		assertThat(outcomes).containsExactly(PublishOutcome.acked());
		assertThat(receivedBy(destination)).singleElement().satisfies((received) -> {
			assertThat(received.id()).isEqualTo(event.metadata().id().toString());
			assertThat(received.key()).isEqualTo("key");
			assertThat(received.body()).isEqualTo(event.text());
		});
	}

	@Test
	void takesEventsWithoutAKey() throws Exception {
		String destination = emptyDestination();

		List<PublishOutcome> outcomes = publisher().publish(events(destination, null, 20));

		assertThat(outcomes).hasSize(20).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(destination)).hasSize(20).allSatisfy((received) -> assertThat(received.key()).isNull());
	}

	@Test
	void keepsTheOrderOfAKeyInALargeBatch() throws Exception {
		String destination = emptyDestination();
		List<OutgoingEvent> batch = new ArrayList<>();
		for (int i = 0; i < 1_000; i++) {
			batch.add(event(destination, "key-" + i % 7, "{\"n\": " + i + "}"));
		}

		List<PublishOutcome> outcomes = publisher().publish(batch);

		assertThat(outcomes).hasSize(1_000).containsOnly(PublishOutcome.acked());
		List<Received> received = receivedBy(destination);
		for (int key = 0; key < 7; key++) {
			String name = "key-" + key;
			assertThat(idsOf(received, name)).isEqualTo(batch.stream()
				.filter((event) -> name.equals(event.metadata().partitionKey()))
				.map((event) -> event.metadata().id().toString())
				.toList());
		}
	}

	@Test
	void keepsTheOrderOfAKeyFromCallToCall() throws Exception {
		String destination = emptyDestination();
		List<OutgoingEvent> events = events(destination, "key", 50);

		for (OutgoingEvent event : events) {
			assertThat(publisher().publish(List.of(event))).containsExactly(PublishOutcome.acked());
		}

		assertThat(idsOf(receivedBy(destination), "key"))
			.isEqualTo(events.stream().map((event) -> event.metadata().id().toString()).toList());
	}

	@Test
	void reachesSeveralDestinationsByOneCall() throws Exception {
		String one = emptyDestination();
		String other = emptyDestination();

		List<PublishOutcome> outcomes = publisher()
			.publish(List.of(event(one, "a", "{}"), event(other, "a", "{}"), event(one, "a", "{}")));

		assertThat(outcomes).hasSize(3).containsOnly(PublishOutcome.acked());
		assertThat(receivedBy(one)).hasSize(2);
		assertThat(receivedBy(other)).hasSize(1);
	}

	@Test
	void sendsWhatIsPublishedAgainUnderTheSameId() throws Exception {
		String destination = emptyDestination();
		OutgoingEvent event = event(destination, "key", "{}");

		publisher().publish(List.of(event));
		publisher().publish(List.of(event));

		assertThat(receivedBy(destination)).extracting(Received::id)
			.isNotEmpty()
			.containsOnly(event.metadata().id().toString());
	}

	@Test
	void canBeCalledBySeveralThreadsAtTheSameTime() throws Exception {
		String destination = emptyDestination();
		EventPublisher publisher = publisher();
		ExecutorService threads = Executors.newFixedThreadPool(4);
		try {
			List<Future<List<PublishOutcome>>> calls = new ArrayList<>();
			for (int i = 0; i < 20; i++) {
				String key = "key-" + i;
				calls.add(threads.submit(() -> publisher.publish(events(destination, key, 50))));
			}
			for (Future<List<PublishOutcome>> call : calls) {
				assertThat(call.get()).hasSize(50).containsOnly(PublishOutcome.acked());
			}
		}
		finally {
			threads.shutdownNow();
		}

		assertThat(receivedBy(destination)).hasSize(1_000);
	}

	@Test
	@EnabledIf("hasALimit")
	void rejectsWhatIsTooLargeAndNothingElse() throws Exception {
		String destination = emptyDestination();
		OutgoingEvent tooLarge = event(destination, "a", "{\"x\": \"" + "x".repeat(TOO_LARGE) + "\"}");
		List<OutgoingEvent> fitting = List.of(event(destination, "a", "{\"n\": 1}"),
				event(destination, "b", "{\"n\": 2}"), event(destination, "a", "{\"n\": 3}"));
		List<OutgoingEvent> left = new ArrayList<>(fitting);
		left.add(1, tooLarge);
		List<OutgoingEvent> rejected = new ArrayList<>();

		for (int calls = 0; calls < 4 && !left.isEmpty(); calls++) {
			List<PublishOutcome> outcomes = publisher().publish(List.copyOf(left));
			assertThat(outcomes).hasSameSizeAs(left);
			for (int i = outcomes.size() - 1; i >= 0; i--) {
				if (outcomes.get(i) instanceof PublishOutcome.Rejected) {
					rejected.add(left.remove(i));
				}
				else if (outcomes.get(i) instanceof PublishOutcome.Acked) {
					left.remove(i);
				}
				else {
					assertThat(outcomes.get(i)).isEqualTo(PublishOutcome.notSent());
				}
			}
		}

		assertThat(left).isEmpty();
		assertThat(rejected).containsExactly(tooLarge);
		// What was under way when the channel was closed may come again.
		List<Received> received = receivedBy(destination).stream().distinct().toList();
		assertThat(received).hasSize(3);
		assertThat(idsOf(received, "a")).isEqualTo(idsOf(fitting, 0, 2));
	}

	/**
	 * No event may be to blame, and whoever receives leaves out what he has seen.
	 */
	@Test
	void blamesNoEventWhileTheDestinationIsDownAndKeepsTheOrderWhenItIsBack() throws Exception {
		String destination = emptyDestination();
		List<OutgoingEvent> events = events(destination, "key", 30);
		publisher().publish(events.subList(0, 10));
		takeDown();
		List<OutgoingEvent> left = new ArrayList<>(events.subList(10, 30));

		assertThat(isDown(left)).isTrue();

		bringBack();
		await().until(() -> {
			left.subList(0, ackedFromTheBeginning(left)).clear();
			return left.isEmpty();
		});
		assertThat(idsOf(receivedBy(destination), "key").stream().distinct())
			.isEqualTo(events.stream().map((event) -> event.metadata().id().toString()).toList());
	}

	private boolean isDown(List<OutgoingEvent> events) throws Exception {
		try {
			List<PublishOutcome> outcomes = publisher().publish(events);
			assertThat(outcomes).hasSameSizeAs(events)
				.allMatch((outcome) -> outcome instanceof PublishOutcome.DestinationDown
						|| outcome instanceof PublishOutcome.NotSent);
			return outcomes.stream().anyMatch(PublishOutcome.DestinationDown.class::isInstance);
		}
		catch (DestinationUnavailableException ex) {
			return true;
		}
	}

	private int ackedFromTheBeginning(List<OutgoingEvent> events) throws Exception {
		try {
			List<PublishOutcome> outcomes = publisher().publish(events);
			return (int) outcomes.stream().takeWhile(PublishOutcome.acked()::equals).count();
		}
		catch (DestinationUnavailableException ex) {
			return 0;
		}
	}

	protected static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50));
	}

	public static List<OutgoingEvent> events(String destination, @Nullable String key, int count) {
		return IntStream.range(0, count).mapToObj((i) -> event(destination, key, "{\"n\": " + i + "}")).toList();
	}

	public static OutgoingEvent event(String destination, @Nullable String key, String json) {
		return event(destination, key, json, Map.of());
	}

	public static OutgoingEvent event(String destination, @Nullable String key, String json,
			Map<String, String> headers) {
		EventMetadata metadata = new EventMetadata(new EventId(UUID.randomUUID()), "ordered", "orders", key, headers,
				Instant.parse("2030-01-02T03:04:05.678901Z"), 1, new ConsumerId("broker"));
		return new OutgoingEvent(metadata, destination, json.getBytes(StandardCharsets.UTF_8));
	}

	private static List<String> idsOf(List<OutgoingEvent> events, int... indexes) {
		return IntStream.of(indexes).mapToObj((i) -> events.get(i).metadata().id().toString()).toList();
	}

	private static List<String> idsOf(List<Received> received, String key) {
		return received.stream().filter((each) -> key.equals(each.key())).map(Received::id).toList();
	}

	/**
	 * What has arrived.
	 *
	 * @param id the event's id
	 * @param key the partition key, if any
	 * @param body the body
	 * @param headers what came beside it
	 */
	public record Received(String id, @Nullable String key, String body, Map<String, String> headers) {
	}

}
