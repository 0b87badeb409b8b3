package io.pyxbox.scenario;

import java.time.Duration;
import java.util.List;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An event that kills the process that delivers it is found out, isolated, and ends as a
 * dead letter; the others of its batch take effect once.
 */
class DeadlyEventsTests extends Scenario {

	private static final int DEADLY = 13;

	private static final String[] SETTINGS = { "pyxbox.retry.max-attempts=2", "pyxbox.retry.initial-interval=10ms",
			"pyxbox.poller.shutdown-timeout=200ms" };

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@ParameterizedTest
	@ValueSource(classes = { Halting.class, Exiting.class, Outside.class })
	void anEventThatKillsItsProcessEndsAsADeadLetter(Class<?> deadly) throws Exception {
		TestApplication application = prepare(deadly, SETTINGS);
		application.outbox().emitAll(counted("a", 1, 9));
		application.outbox().emitAll(List.of(new Counted("deadly", DEADLY), new Counted("deadly", DEADLY + 1)));
		application.outbox().emitAll(counted("b", 20, 29));

		int deaths = 0;
		while (this.tables.deadLetters().isEmpty() && deaths < 10) {
			ChildJvm child = startChild(deadly, SETTINGS);
			await().atMost(Duration.ofSeconds(60)).until(() -> child.hasDied() || this.tables.events() == 0);
			deaths += child.hasDied() ? 1 : 0;
		}
		startChild(deadly, SETTINGS);

		await().atMost(Duration.ofSeconds(60)).until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).singleElement().satisfies((letter) -> {
			assertThat(letter.number()).isEqualTo(String.valueOf(DEADLY));
			assertThat(letter.errorClass()).endsWith("ProcessDiedException");
			assertThat(letter.attempts()).isEqualTo(2);
		});
		// Twice with its chunk, and once for each attempt alone.
		assertThat(deaths).isBetween(4, 5);
		assertThat(this.ledger.numbers().stream().distinct()).hasSize(9 + 1 + 10);
		if (deadly != Outside.class) {
			assertThat(this.ledger.numbers()).doesNotHaveDuplicates();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Halting {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(consumer = "deadly")
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
				if (event.number() == DEADLY) {
					Runtime.getRuntime().halt(1);
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Exiting {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(consumer = "deadly")
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
				if (event.number() == DEADLY) {
					System.exit(1);
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Outside {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(consumer = "deadly", transactional = false)
			void on(Counted event, EventMetadata metadata) {
				if (event.number() == DEADLY) {
					Runtime.getRuntime().halt(1);
				}
				this.ledger.write(event, metadata);
			}

		}

	}

}
