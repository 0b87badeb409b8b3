package io.pyxbox.scenario;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

import io.pyxbox.DestinationUnavailableException;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * "The destination is down" is not "the event is bad": nothing is given up, hardly
 * anything is tried, and when the destination is back everything arrives in order.
 */
@ExtendWith(OutputCaptureExtension.class)
class DestinationDownTests extends Scenario {

	private static final Supplier<RuntimeException> REFUSED = () -> new UncheckedIOException(
			new ConnectException("Connection refused"));

	private static final String[] IMPATIENT = { "pyxbox.retry.initial-interval=1ms", "pyxbox.retry.max-interval=1ms",
			"pyxbox.circuit-breaker.initial-interval=100ms", "pyxbox.circuit-breaker.max-interval=100ms",
			"logging.level.io.pyxbox.observe=info" };

	@Test
	void nothingIsGivenUpWhileTheDestinationIsDown(CapturedOutput output) {
		TestApplication application = start(App.class, IMPATIENT);
		Destination destination = application.bean(Destination.class);
		destination.failure().set(REFUSED);
		for (int key = 0; key < 20; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 50));
		}
		// Far more pauses than attempts.
		await().until(() -> destination.calls().size() > 60);

		destination.failure().set(null);

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(OrderPerKey.violations(List.copyOf(destination.arrived()), 20, 50)).isEmpty();
		assertThat(destination.attempts().stream().mapToInt((attempt) -> attempt - 1).sum()).as("attempts that failed")
			.isLessThan(20);
		assertThat(output).containsOnlyOnce("Consumer 'relay' is paused").containsOnlyOnce("Consumer 'relay' goes on");
	}

	@Test
	void hardlyAnythingIsTriedWhileTheDestinationIsDown() {
		TestApplication application = start(App.class, "pyxbox.circuit-breaker.initial-interval=1h",
				"pyxbox.circuit-breaker.max-interval=1h");
		Destination destination = application.bean(Destination.class);
		destination.failure().set(REFUSED);

		application.outbox().emitAll(counted(null, 1, 500));

		await().until(() -> destination.calls().size() >= 5);
		application.outbox().emitAll(counted(null, 501, 1_000));
		application.inTransaction(() -> application.outbox().emit(new Counted("unrelated", 1)));
		await().during(Duration.ofSeconds(1)).until(() -> this.tables.events() == 1_001);
		// Those that were under way when the fifth one failed.
		assertThat(destination.calls()).hasSizeLessThan(5 + 2 * 16);
	}

	@Test
	void aListenerMaySayAtOnceThatItsDestinationIsDown() {
		TestApplication application = start(App.class, "pyxbox.circuit-breaker.initial-interval=1h",
				"pyxbox.circuit-breaker.max-interval=1h");
		Destination destination = application.bean(Destination.class);
		destination.failure().set(() -> new DestinationUnavailableException("closed for today", null));

		application.outbox().emit(new Counted("a", 1));

		await().until(() -> destination.calls().size() == 1);
		await().during(Duration.ofSeconds(1)).until(() -> destination.calls().size() == 1);
		assertThat(this.tables.retries()).isZero();
		assertThat(this.tables.events()).isOne();
	}

	@Test
	void eventsThatAreBadPauseNobody() {
		TestApplication application = start(App.class, IMPATIENT);
		application.bean(Destination.class).failure().set(Mishap::new);

		application.outbox().emitAll(counted(null, 1, 100));

		await().until(() -> this.tables.deadLetters().size() == 100);
		assertThat(this.tables.events()).isZero();
	}

	/**
	 * Where the listener delivers to.
	 */
	record Destination(AtomicReference<@Nullable Supplier<RuntimeException>> failure, Queue<Integer> calls,
			Queue<Counted> arrived, Queue<Integer> attempts) {

		Destination() {
			this(new AtomicReference<>(), new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>(),
					new ConcurrentLinkedQueue<>());
		}

		void accept(Counted event, EventMetadata metadata) {
			this.calls.add(event.number());
			Supplier<RuntimeException> failing = this.failure.get();
			if (failing != null) {
				throw failing.get();
			}
			this.arrived.add(event);
			this.attempts.add(metadata.attempt());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

		@Bean
		Destination destination() {
			return new Destination();
		}

		@Bean
		Relay relay(Destination destination) {
			return new Relay(destination);
		}

	}

	record Relay(Destination destination) {

		@OutboxListener(consumer = "relay", transactional = false)
		void on(Counted event, EventMetadata metadata) {
			this.destination.accept(event, metadata);
		}

	}

}
