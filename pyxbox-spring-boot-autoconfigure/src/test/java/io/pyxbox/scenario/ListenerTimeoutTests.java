package io.pyxbox.scenario;

import java.util.concurrent.CountDownLatch;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.Retry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A listener that takes too long is interrupted, what it did is rolled back, and it
 * counts as failed; the others go on.
 */
class ListenerTimeoutTests extends Scenario {

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@ParameterizedTest
	@ValueSource(classes = { Waiting.class, Querying.class, WaitingOutside.class })
	void whatTakesTooLongIsInterruptedAndCountsAsFailed(Class<?> listener) {
		TestApplication application = start(listener);

		application.outbox().emit(new Counted("a", -1));
		application.outbox().emit(new Counted("a", 1));
		application.outbox().emit(new Counted("b", 2));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).containsExactlyInAnyOrder(1, 2);
		assertThat(this.tables.deadLetters()).singleElement().satisfies((letter) -> {
			assertThat(letter.number()).isEqualTo("-1");
			assertThat(letter.attempts()).isEqualTo(2);
			assertThat(letter.errorClass()).endsWith("ListenerTimeoutException");
			assertThat(letter.errorMessage()).contains("did not return within 300 ms");
		});
	}

	@Test
	void listenersOutsideHaveATimeoutByDefault() {
		TestApplication application = start(WithDefaults.class, "pyxbox.poller.listener-timeout=300ms",
				"pyxbox.retry.max-attempts=1");

		application.outbox().emit(new Counted("a", -1));

		await().until(() -> this.tables.deadLetters().size() == 1);
		assertThat(this.tables.deadLetters().get(0).errorClass()).endsWith("ListenerTimeoutException");
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Waiting {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(timeout = "300ms", retry = @Retry(maxAttempts = 2))
			void on(Counted event, EventMetadata metadata) throws InterruptedException {
				this.ledger.write(event, metadata);
				if (event.number() < 0) {
					new CountDownLatch(1).await();
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Querying {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(timeout = "300ms", retry = @Retry(maxAttempts = 2))
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
				if (event.number() < 0) {
					this.ledger.jdbc().sql("select pg_sleep(3600)").query().singleColumn();
				}
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class WaitingOutside {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(transactional = false, timeout = "300ms", retry = @Retry(maxAttempts = 2))
			void on(Counted event, EventMetadata metadata) throws InterruptedException {
				if (event.number() < 0) {
					new CountDownLatch(1).await();
				}
				this.ledger.write(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class WithDefaults {

		@Bean
		Listener listener() {
			return new Listener();
		}

		record Listener() {

			@OutboxListener(transactional = false)
			void on(Counted event) throws InterruptedException {
				new CountDownLatch(1).await();
			}

		}

	}

}
