package io.pyxbox.scenario;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.Retry;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A failed delivery is tried again after growing intervals: those of the application, or
 * those of the listener.
 */
class RetriesTests extends Scenario {

	@Test
	void theIntervalsGrowAsTheApplicationSays() {
		TestApplication application = start(App.class, "pyxbox.retry.max-attempts=5",
				"pyxbox.retry.initial-interval=100ms", "pyxbox.retry.multiplier=3", "pyxbox.retry.max-interval=500ms",
				"pyxbox.retry.jitter=0", "own.interval=1ms");

		application.outbox().emit(new Counted("a", 1));

		await().until(() -> this.tables.events() == 0);
		assertThat(intervals(application, "listener.settingsOfTheApplication")).satisfiesExactly(
				(first) -> assertThat(first).isGreaterThanOrEqualTo(100),
				(second) -> assertThat(second).isGreaterThanOrEqualTo(300),
				(third) -> assertThat(third).isGreaterThanOrEqualTo(500),
				(fourth) -> assertThat(fourth).as("not 2700").isBetween(500L, 2600L));
	}

	@Test
	void aListenerMaySayOtherwise() {
		TestApplication application = start(App.class, "pyxbox.retry.max-attempts=2",
				"pyxbox.retry.initial-interval=1ms", "pyxbox.retry.max-interval=1s", "pyxbox.retry.jitter=0",
				"own.interval=200ms");

		application.outbox().emit(new Counted("a", 1));

		await().until(() -> this.tables.events() == 0);
		assertThat(intervals(application, "listener.settingsOfItsOwn")).hasSize(3)
			.first()
			.satisfies((first) -> assertThat(first).isGreaterThanOrEqualTo(200));
		assertThat(this.tables.deadLetters()).extracting(OutboxTables.DeadLetter::consumer)
			.containsExactlyInAnyOrder("listener.settingsOfTheApplication", "listener.settingsOfItsOwn");
		assertThat(this.tables.deadLetters()).extracting(OutboxTables.DeadLetter::attempts)
			.containsExactlyInAnyOrder(2, 4);
	}

	private static List<Long> intervals(TestApplication application, String consumer) {
		List<Long> times = application.bean(Journal.class)
			.calls()
			.stream()
			.filter((call) -> call.consumer().equals(consumer))
			.map(Journal.Call::nanos)
			.toList();
		return IntStream.range(1, times.size())
			.mapToObj((i) -> Duration.ofNanos(times.get(i) - times.get(i - 1)).toMillis())
			.toList();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Journal journal() {
			return new Journal();
		}

		@Bean
		Listener listener(Journal journal) {
			return new Listener(journal);
		}

		record Listener(Journal journal) {

			@OutboxListener
			void settingsOfTheApplication(Counted event, EventMetadata metadata) {
				this.journal.note(event, metadata);
				throw new Mishap();
			}

			@OutboxListener(
					retry = @Retry(maxAttempts = 4, initialInterval = "${own.interval}", multiplier = 1, jitter = 0))
			void settingsOfItsOwn(Counted event, EventMetadata metadata) {
				this.journal.note(event, metadata);
				throw new Mishap();
			}

		}

	}

}
