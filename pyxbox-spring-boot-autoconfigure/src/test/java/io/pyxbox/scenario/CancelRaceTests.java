package io.pyxbox.scenario;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Cancelling races with delivering: an event is taken back, or every consumer receives
 * it, and whoever cancels is told which.
 */
class CancelRaceTests extends Scenario {

	private static final int CANCELLERS = 4;

	private static final int ROUNDS = 700;

	@Test
	void noEventIsBothTakenBackAndReceivedAndNoneIsNeither() {
		Seen seen = new Seen(ConcurrentHashMap.newKeySet(), ConcurrentHashMap.newKeySet());
		List<TestApplication> applications = IntStream.range(0, 2)
			.mapToObj((i) -> endAfterwards(
					TestApplication.startSharing(seen, this.database, App.class, "pyxbox.poller.poll-interval=50ms")))
			.toList();

		List<Future<Outcome>> racing = IntStream.range(0, CANCELLERS)
			.mapToObj((i) -> this.threads.submit(() -> race(applications.get(i % 2), new Random(i))))
			.toList();
		List<Outcome> outcomes = racing.stream().map(Scenario::result).toList();
		await().until(this.tables::isEmpty);

		List<EventId> cancelled = outcomes.stream().flatMap((outcome) -> outcome.cancelled().stream()).toList();
		List<EventId> kept = outcomes.stream().flatMap((outcome) -> outcome.kept().stream()).toList();
		assertThat(cancelled).as("some were taken back").hasSizeGreaterThan(100);
		assertThat(kept).as("some were not").hasSizeGreaterThan(100);
		assertThat(cancelled).doesNotContainAnyElementsOf(seen.inside()).doesNotContainAnyElementsOf(seen.outside());
		assertThat(seen.inside()).containsExactlyInAnyOrderElementsOf(kept);
		assertThat(seen.outside()).containsExactlyInAnyOrderElementsOf(kept);
	}

	private static Outcome race(TestApplication application, Random random) {
		Outcome outcome = new Outcome(new ArrayList<>(), new ArrayList<>());
		for (int round = 0; round < ROUNDS; round++) {
			Counted event = new Counted("key-" + random.nextInt(300), round);
			boolean delayed = random.nextInt(4) == 0;
			EventId id = application.outbox()
				.emit(event, delayed ? EmitOptions.none().notBefore(Duration.ofMillis(random.nextInt(30)))
						: EmitOptions.none());
			LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(random.nextInt(delayed ? 40_000 : 3_000)));
			boolean rollBack = random.nextInt(5) == 0;
			boolean result = Boolean.TRUE.equals(application.transaction().execute((status) -> {
				boolean cancelled = application.outbox().cancel(id);
				LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(ThreadLocalRandom.current().nextInt(1_000)));
				if (rollBack) {
					status.setRollbackOnly();
				}
				return cancelled;
			}));
			(result && !rollBack ? outcome.cancelled() : outcome.kept()).add(id);
		}
		return outcome;
	}

	private record Outcome(List<EventId> cancelled, List<EventId> kept) {
	}

	/**
	 * What consumers were called with, whatever became of the call.
	 */
	record Seen(Set<EventId> inside, Set<EventId> outside) {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Listener listener(Seen seen) {
			return new Listener(seen);
		}

		record Listener(Seen seen) {

			@OutboxListener(consumer = "inside")
			void inside(Counted event, EventMetadata metadata) {
				this.seen.inside().add(metadata.id());
			}

			@OutboxListener(consumer = "outside", transactional = false)
			void outside(Counted event, EventMetadata metadata) {
				this.seen.outside().add(metadata.id());
			}

		}

	}

}
