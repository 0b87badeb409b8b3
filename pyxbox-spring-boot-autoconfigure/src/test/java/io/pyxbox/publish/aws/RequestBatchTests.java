package io.pyxbox.publish.aws;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RequestBatchTests {

	private static final RequestLimits LIMITS = new RequestLimits(10, 1_000, 500);

	private static final Duration LONG = Duration.ofMinutes(10);

	private static final Receipt THROTTLED = new Receipt("RequestThrottled", "Too much", true);

	private static final Receipt INVALID = new Receipt("InvalidMessageContents", "Not that", true);

	private static final Receipt TROUBLE = new Receipt("InternalError", "Sorry", false);

	private final ExecutorService threads = Executors.newFixedThreadPool(4);

	@AfterEach
	void stop() {
		this.threads.shutdownNow();
	}

	@Test
	void fillsRequestsAsFarAsTheyGo() throws Exception {
		StubService service = answering((record) -> Receipt.TAKEN);

		List<PublishOutcome> outcomes = publish(service, events("queue", null, 25));

		assertThat(outcomes).hasSize(25).containsOnly(PublishOutcome.acked());
		assertThat(service.requests).extracting(List::size).containsExactly(10, 10, 5);
	}

	@Test
	void keepsToTheSizeOfARequestAndSendsLargeRecordsAlone() throws Exception {
		StubService service = answering((record) -> Receipt.TAKEN);
		List<OutgoingEvent> events = List.of(event("queue", "a", text(400)), event("queue", "b", text(400)),
				event("queue", "c", text(400)), event("queue", "d", text(2_000)), event("queue", "e", text(600)),
				event("queue", "f", text(1)));

		publish(service, events);

		assertThat(service.requests).extracting((request) -> request.stream().map(RequestBatchTests::key).toList())
			.containsExactly(List.of("a", "b"), List.of("c"), List.of("d"), List.of("e"), List.of("f"));
	}

	@Test
	void ofAKeyThereIsOneRecordInARequest() throws Exception {
		StubService service = answering((record) -> Receipt.TAKEN);

		publish(service, interleaved(List.of("a", "b"), 3));

		assertThat(service.requests).hasSize(3)
			.allSatisfy((request) -> assertThat(request).extracting(RequestBatchTests::key).containsExactly("a", "b"));
	}

	@Test
	void ofAKeyThereAreSeveralInARequestWhereTheyMay() throws Exception {
		StubService service = new StubService(Integer.MAX_VALUE, LIMITS, at((record) -> Receipt.TAKEN));

		publish(service, events("queue", "a", 15));

		assertThat(service.requests).extracting(List::size).containsExactly(10, 5);
	}

	@Test
	void requestsAreForOneDestinationEach() throws Exception {
		StubService service = answering((record) -> Receipt.TAKEN);

		publish(service, List.of(event("one", "a", "1"), event("other", "b", "2"), event("one", "c", "3"),
				event("other", "a", "4")));

		assertThat(service.requests).extracting((request) -> request.stream().map(RequestBatchTests::key).toList())
			.containsExactly(List.of("a", "c"), List.of("b"), List.of("a"));
	}

	@Test
	void whatIsThrottledIsTriedAgainAndItsKeyWaits() throws Exception {
		AtomicInteger tries = new AtomicInteger();
		StubService service = answering(
				(record) -> (record.text().equals("1") && tries.incrementAndGet() < 3) ? THROTTLED : Receipt.TAKEN);

		List<PublishOutcome> outcomes = publish(service,
				List.of(event("queue", "a", "1"), event("queue", "b", "2"), event("queue", "a", "3")));

		assertThat(outcomes).containsOnly(PublishOutcome.acked());
		assertThat(service.taken).extracting(OutgoingEvent::text).containsExactly("2", "1", "3");
	}

	@Test
	void whatIsThrottledUntilTheTimeIsUpIsLeft() throws Exception {
		StubService service = answering((record) -> record.text().equals("1") ? THROTTLED : Receipt.TAKEN);

		List<PublishOutcome> outcomes = publish(service, Duration.ofSeconds(10),
				List.of(event("queue", "a", "1"), event("queue", "b", "2"), event("queue", "a", "3")));

		assertThat(outcomes).containsExactly(PublishOutcome.notSent(), PublishOutcome.acked(),
				PublishOutcome.notSent());
	}

	@Test
	void whereEverythingIsThrottledTheDestinationIsDown() throws Exception {
		StubService service = answering((record) -> THROTTLED);

		List<PublishOutcome> outcomes = publish(service, Duration.ofSeconds(3), events("queue", "a", 2));

		assertThat(outcomes.get(0)).isInstanceOfSatisfying(PublishOutcome.DestinationDown.class,
				(down) -> assertThat(down.cause()).hasMessage("RequestThrottled: Too much"));
		assertThat(outcomes.get(1)).isEqualTo(PublishOutcome.notSent());
	}

	@Test
	void aRecordThatIsRefusedForGoodIsRejectedAndItsKeyWaits() throws Exception {
		StubService service = answering((record) -> record.text().equals("1") ? INVALID : Receipt.TAKEN);

		List<PublishOutcome> outcomes = publish(service,
				List.of(event("queue", "a", "1"), event("queue", "a", "2"), event("queue", "b", "3")));

		assertThat(outcomes.get(0)).isInstanceOfSatisfying(PublishOutcome.Rejected.class,
				(rejected) -> assertThat(rejected.cause()).hasMessage("InvalidMessageContents: Not that"));
		assertThat(outcomes.subList(1, 3)).containsExactly(PublishOutcome.notSent(), PublishOutcome.acked());
	}

	@Test
	void aRecordThatTheServiceHasTroubleWithFailsAtLastAndItsKeyWaits() throws Exception {
		StubService service = answering((record) -> record.text().equals("1") ? TROUBLE : Receipt.TAKEN);

		List<PublishOutcome> outcomes = publish(service,
				List.of(event("queue", "a", "1"), event("queue", "a", "2"), event("queue", "b", "3")));

		assertThat(outcomes.get(0)).isInstanceOf(PublishOutcome.Failed.class);
		assertThat(outcomes.get(1)).isEqualTo(PublishOutcome.notSent());
		assertThat(outcomes.get(2)).isEqualTo(PublishOutcome.acked());
		assertThat(service.requests.stream().flatMap(List::stream).filter((record) -> record.text().equals("1")))
			.hasSize(3);
	}

	@Test
	void whereTheServiceHasTroubleWithEveryRecordTheDestinationIsDown() throws Exception {
		StubService service = answering((record) -> TROUBLE);

		List<PublishOutcome> outcomes = publish(service,
				List.of(event("queue", "a", "1"), event("queue", "a", "2"), event("queue", "b", "3")));

		assertThat(outcomes).extracting((outcome) -> outcome.getClass().getSimpleName())
			.containsExactly("DestinationDown", "NotSent", "DestinationDown");
	}

	@Test
	void whereNothingElseWasTriedTheRecordIsToBlame() throws Exception {
		StubService service = answering((record) -> TROUBLE);

		List<PublishOutcome> outcomes = publish(service, events("queue", "a", 2));

		assertThat(outcomes.get(0)).isInstanceOf(PublishOutcome.Failed.class);
		assertThat(outcomes.get(1)).isEqualTo(PublishOutcome.notSent());
	}

	@Test
	void whereARequestFailsForOneOfItsRecordsTheyGoOneByOne() throws Exception {
		StubService service = new StubService(1, LIMITS,
				(records) -> records.stream().anyMatch((record) -> record.text().equals("13"))
						? failure(400, "ValidationException") : taken(records));

		List<PublishOutcome> outcomes = publish(service, events("queue", null, 20));

		assertThat(outcomes.get(13)).isInstanceOf(PublishOutcome.Rejected.class);
		assertThat(outcomes).filteredOn(PublishOutcome.acked()::equals).hasSize(19);
	}

	@Test
	void anUnknownFailureOfOneRecordIsAFailedAttempt() throws Exception {
		StubService service = new StubService(1, LIMITS,
				(records) -> records.stream().anyMatch((record) -> record.text().equals("3"))
						? failure(400, "SomethingNew") : taken(records));

		List<PublishOutcome> outcomes = publish(service, events("queue", null, 5));

		assertThat(outcomes.get(3)).isInstanceOf(PublishOutcome.Failed.class);
		assertThat(outcomes).filteredOn(PublishOutcome.acked()::equals).hasSize(4);
	}

	@Test
	void aDestinationThatIsNotThereFailsItsEventsAndNobodyElses() throws Exception {
		StubService service = new StubService(1, LIMITS, (records) -> records.get(0).destination().equals("absent")
				? failure(400, "AWS.SimpleQueueService.NonExistentQueue") : taken(records));
		List<OutgoingEvent> events = new ArrayList<>(events("absent", null, 150));
		events.add(event("queue", "a", "1"));
		events.add(event("absent", "a", "2"));
		events.add(event("queue", "a", "3"));

		List<PublishOutcome> outcomes = publish(service, events);

		assertThat(outcomes.subList(0, 150))
			.allSatisfy((outcome) -> assertThat(outcome).isInstanceOfSatisfying(PublishOutcome.Failed.class,
					(failed) -> assertThat(failed.cause()).isInstanceOf(UnusableDestinationException.class)
						.hasMessageStartingWith("Nothing can be sent to 'absent'")));
		assertThat(outcomes.get(150)).isEqualTo(PublishOutcome.acked());
		assertThat(outcomes.get(151)).isInstanceOf(PublishOutcome.Failed.class);
		assertThat(outcomes.get(152)).isEqualTo(PublishOutcome.notSent());
		assertThat(service.requests).hasSizeLessThan(15);
	}

	@Test
	void whereTheServiceIsAwayNothingMoreIsSent() throws Exception {
		StubService service = new StubService(1, LIMITS,
				(records) -> CompletableFuture.failedFuture(new IOException("Connection reset")));

		List<PublishOutcome> outcomes = publish(service, events("queue", null, 500));

		assertThat(outcomes).allMatch((outcome) -> outcome instanceof PublishOutcome.DestinationDown
				|| outcome instanceof PublishOutcome.NotSent);
		assertThat(outcomes.get(0)).isInstanceOf(PublishOutcome.DestinationDown.class);
		assertThat(outcomes.get(499)).isEqualTo(PublishOutcome.notSent());
		assertThat(service.requests).hasSize(10);
	}

	@Test
	void aServiceThatDoesNotAnswerIsDown() throws Exception {
		CompletableFuture<List<Receipt>> never = new CompletableFuture<>();
		StubService service = new StubService(1, LIMITS, (records) -> never);

		List<PublishOutcome> outcomes = publish(service, Duration.ofMillis(300), events("queue", "a", 2));

		assertThat(outcomes.get(0)).isInstanceOfSatisfying(PublishOutcome.DestinationDown.class,
				(down) -> assertThat(down.cause()).hasMessage("No answer within 300 ms"));
		assertThat(outcomes.get(1)).isEqualTo(PublishOutcome.notSent());
	}

	@Test
	void anInterruptEndsTheWaiting() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CompletableFuture<List<Receipt>> never = new CompletableFuture<>();
		StubService service = new StubService(1, LIMITS, (records) -> {
			asked.countDown();
			return never;
		});
		Thread thread = Thread.currentThread();
		this.threads.execute(() -> {
			try {
				asked.await();
				thread.interrupt();
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		});

		assertThatThrownBy(() -> publish(service, events("queue", "a", 1))).isInstanceOf(InterruptedException.class);
	}

	@Test
	void anEventThatNoRecordCanBeMadeOfFailsAndItsKeyWaits() throws Exception {
		StubService service = answering((record) -> Receipt.TAKEN);

		List<PublishOutcome> outcomes = publish(service,
				List.of(event("queue", "a", "impossible"), event("queue", "a", "2"), event("queue", "b", "3")));

		assertThat(outcomes.get(0)).isInstanceOf(PublishOutcome.Failed.class);
		assertThat(outcomes.subList(1, 3)).containsExactly(PublishOutcome.notSent(), PublishOutcome.acked());
	}

	@Test
	void whateverFailsEachKeyIsInOrder() throws Exception {
		for (int seed = 1; seed <= 30; seed++) {
			StubService service = moody(1, seed);
			List<OutgoingEvent> events = interleaved(List.of("a", "b", "c", "d", "e"), 20);

			publishUntilDone(service, events);

			assertThat(overtaken(service, events)).as("seed " + seed).isEmpty();
		}
	}

	/**
	 * Several of a key in a request would not do.
	 */
	@Test
	void whereSeveralOfAKeyGoTogetherSomeAreOvertaken() throws Exception {
		Set<String> overtaken = new HashSet<>();
		for (int seed = 1; seed <= 30; seed++) {
			StubService service = moody(10, seed);
			List<OutgoingEvent> events = interleaved(List.of("a", "b", "c", "d", "e"), 20);

			publishUntilDone(service, events);

			overtaken.addAll(overtaken(service, events));
		}
		assertThat(overtaken).isNotEmpty();
	}

	/**
	 * Takes some records and not others, fails now and then, also when it has taken what
	 * it got, and answers later.
	 */
	private StubService moody(int perKey, int seed) {
		Random random = new Random(seed);
		return new StubService(perKey, LIMITS, (records) -> {
			List<Receipt> receipts;
			synchronized (random) {
				if (random.nextInt(20) == 0) {
					return CompletableFuture.failedFuture(new IOException("refused"));
				}
				receipts = records.stream()
					.map((record) -> (random.nextInt(30) > 0) ? Receipt.TAKEN
							: random.nextBoolean() ? THROTTLED : TROUBLE)
					.toList();
			}
			return CompletableFuture.supplyAsync(() -> receipts, this.threads);
		}) {

			@Override
			public CompletableFuture<List<Receipt>> send(String destination, List<OutgoingEvent> records) {
				boolean lost;
				synchronized (random) {
					lost = random.nextInt(20) == 0;
				}
				return super.send(destination, records).thenApply((receipts) -> {
					if (lost) {
						throw new UncheckedIOException(new IOException("reset"));
					}
					return receipts;
				});
			}

		};
	}

	/** As the engine does: what has not got through comes again, and what follows it. */
	private static void publishUntilDone(StubService service, List<OutgoingEvent> events) throws Exception {
		List<OutgoingEvent> left = new ArrayList<>(events);
		while (!left.isEmpty()) {
			List<PublishOutcome> outcomes = publish(service, left);
			Set<String> held = new HashSet<>();
			List<OutgoingEvent> again = new ArrayList<>();
			for (int i = 0; i < left.size(); i++) {
				OutgoingEvent event = left.get(i);
				if (!outcomes.get(i).equals(PublishOutcome.acked()) || held.contains(key(event))) {
					held.add(key(event));
					again.add(event);
				}
			}
			left = again;
		}
	}

	private static List<String> overtaken(StubService service, List<OutgoingEvent> events) {
		List<OutgoingEvent> seen = service.taken.stream().distinct().toList();
		return events.stream().map(RequestBatchTests::key).distinct().filter((key) -> {
			Predicate<OutgoingEvent> ofTheKey = (event) -> key.equals(key(event));
			return !seen.stream().filter(ofTheKey).toList().equals(events.stream().filter(ofTheKey).toList());
		}).toList();
	}

	private static StubService answering(Function<OutgoingEvent, Receipt> receipt) {
		return new StubService(1, LIMITS, at(receipt));
	}

	private static Function<List<OutgoingEvent>, CompletableFuture<List<Receipt>>> at(
			Function<OutgoingEvent, Receipt> receipt) {
		return (records) -> CompletableFuture.completedFuture(records.stream().map(receipt).toList());
	}

	private static CompletableFuture<List<Receipt>> taken(List<OutgoingEvent> records) {
		return CompletableFuture.completedFuture(Collections.nCopies(records.size(), Receipt.TAKEN));
	}

	private static CompletableFuture<List<Receipt>> failure(int status, String code) {
		return CompletableFuture.failedFuture(AwsServiceException.builder()
			.statusCode(status)
			.awsErrorDetails(AwsErrorDetails.builder().errorCode(code).errorMessage("because").build())
			.build());
	}

	private static List<PublishOutcome> publish(StubService service, List<OutgoingEvent> events) throws Exception {
		return publish(service, LONG, events);
	}

	private static List<PublishOutcome> publish(StubService service, Duration timeout, List<OutgoingEvent> events)
			throws Exception {
		return new RequestBatch<>(service, events, timeout).send();
	}

	private static List<OutgoingEvent> events(String destination, @Nullable String key, int count) {
		return IntStream.range(0, count).mapToObj((i) -> event(destination, key, String.valueOf(i))).toList();
	}

	private static List<OutgoingEvent> interleaved(List<String> keys, int perKey) {
		return IntStream.range(0, perKey)
			.boxed()
			.flatMap((i) -> keys.stream().map((key) -> event("queue", key, String.valueOf(i))))
			.toList();
	}

	private static String text(int length) {
		return "x".repeat(length);
	}

	private static @Nullable String key(OutgoingEvent event) {
		return event.metadata().partitionKey();
	}

	private static OutgoingEvent event(String destination, @Nullable String key, String text) {
		EventMetadata metadata = new EventMetadata(new EventId(UUID.randomUUID()), "ordered", "orders", key, Map.of(),
				Instant.EPOCH, 1, new ConsumerId("broker"));
		return new OutgoingEvent(metadata, destination, text.getBytes(StandardCharsets.UTF_8));
	}

}
