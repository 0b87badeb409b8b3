package io.pyxbox.scenario;

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
 * Promise 5, second part: what fails holds back later events of its own key and nothing
 * else, however much of it there is.
 */
class HeldBackTests extends Scenario {

	private static final String[] RETRY_IN_AN_HOUR = { "pyxbox.retry.initial-interval=1h",
			"pyxbox.retry.max-interval=1h", "pyxbox.poller.batch-size=10" };

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@ParameterizedTest
	@ValueSource(classes = { Transactional.class, Outside.class })
	void aKeyThatWaitsWithManyEventsHoldsNobodyElseBack(Class<?> listener) {
		TestApplication application = prepare(listener, RETRY_IN_AN_HOUR);
		List<String> keys = keysOfOneBucket(application, 2);
		application.outbox().emit(new Counted(keys.get(0), -1));
		application.outbox().emitAll(counted(keys.get(0), 1, 300));
		application.outbox().emitAll(counted(keys.get(1), 1001, 1100));

		application.start();

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1001, 1100)));
		application.outbox().emitAll(counted(keys.get(1), 1101, 1110));
		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1001, 1110)));
		await().until(() -> this.tables.events() == 301);
	}

	@ParameterizedTest
	@ValueSource(classes = { Transactional.class, Outside.class })
	void manyKeysThatWaitHoldNobodyElseBack(Class<?> listener) {
		TestApplication application = prepare(listener, RETRY_IN_AN_HOUR);
		List<String> keys = keysOfOneBucket(application, 61);
		for (String bad : keys.subList(0, 60)) {
			application.outbox().emit(new Counted(bad, -1));
			application.outbox().emit(new Counted(bad, 1));
		}
		application.outbox().emitAll(counted(keys.get(60), 1001, 1100));

		application.start();

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1001, 1100)));
		await().untilAsserted(() -> assertThat(this.tables.retries()).isEqualTo(60));
		assertThat(this.tables.events()).isEqualTo(120);
	}

	@ParameterizedTest
	@ValueSource(classes = { Transactional.class, Outside.class })
	void eventsWithoutAKeyWaitForNobody(Class<?> listener) {
		TestApplication application = prepare(listener, RETRY_IN_AN_HOUR);
		for (int i = 1; i <= 100; i++) {
			application.outbox().emit(new Counted(null, -1));
			application.outbox().emit(new Counted(null, i));
		}

		application.start();

		await()
			.untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactlyInAnyOrderElementsOf(range(1, 100)));
		await().untilAsserted(() -> assertThat(this.tables.retries()).isEqualTo(100));
	}

	@ParameterizedTest
	@ValueSource(classes = { Transactional.class, Outside.class })
	void whatWaitsForARetryStillWaitsForItAfterARestart(Class<?> listener) {
		TestApplication application = start(listener, RETRY_IN_AN_HOUR);
		application.outbox().emitAll(List.of(new Counted("a", -1), new Counted("a", 1)));
		await().untilAsserted(() -> assertThat(this.tables.retries()).isEqualTo(1));
		application.close();

		TestApplication next = start(listener, RETRY_IN_AN_HOUR);
		next.outbox().emitAll(List.of(new Counted("a", 2), new Counted("b", 3)));

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(3));
		this.tables.execute(
				"update events set payload = '{\"key\": \"a\", \"number\": 0}' " + "where payload->>'number' = '-1'");
		this.tables.execute("update events_retry set next_attempt_at = now()");
		await().untilAsserted(() -> assertThat(this.ledger.numbers()).containsExactly(3, 0, 1, 2));
		await().until(() -> this.tables.events() == 0 && this.tables.retries() == 0);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Transactional {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
				if (event.number() < 0) {
					throw new Mishap();
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

			@OutboxListener(transactional = false)
			void on(Counted event, EventMetadata metadata) {
				if (event.number() < 0) {
					throw new Mishap();
				}
				this.ledger.write(event, metadata);
			}

		}

	}

}
