package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.pyxbox.EventMetadata;
import io.pyxbox.OnExhaustion;
import io.pyxbox.OutboxListener;
import io.pyxbox.Retry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 5 for consumers that must not go on without an event: its key waits until
 * somebody acts, and nobody else does.
 */
class BlockedKeysTests extends Scenario {

	private static final int FOLLOWERS = 20_000;

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@ParameterizedTest
	@ValueSource(classes = { Transactional.class, Outside.class })
	void aBlockedKeyWaitsWithAllItsEventsAndNobodyElseDoes(Class<?> listener) {
		TestApplication application = prepare(listener);
		List<String> keys = keysOfOneBucket(application, 2);
		application.outbox().emit(new Counted(keys.get(0), -1));
		application.outbox().emitAll(counted(keys.get(0), 1, FOLLOWERS));
		application.outbox().emitAll(counted(keys.get(1), 1, 100));

		application.start();

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1, 100)));
		await().until(() -> this.tables.events() == FOLLOWERS + 1 && this.tables.deadLetters().size() == 1);
		assertThat(this.tables.deadLetters()).singleElement().satisfies((letter) -> {
			assertThat(letter.number()).isEqualTo("-1");
			assertThat(letter.attempts()).isEqualTo(2);
		});
		assertThat(this.tables.jdbc()
			.sql("select count(*) from events_retry where next_attempt_at is null")
			.query(Integer.class)
			.single()).isOne();
	}

	@ParameterizedTest
	@ValueSource(classes = { Transactional.class, Outside.class })
	void theKeyGoesOnInItsOrderOnceTheEventIsDeliverable(Class<?> listener) {
		TestApplication application = start(listener);
		application.outbox().emit(new Counted("a", -1));
		application.outbox().emitAll(counted("a", 1, 700));
		await().until(() -> this.tables.deadLetters().size() == 1);
		application.bean(Mended.class).is().set(true);

		// What redriving in place does.
		this.tables.execute("delete from events_dead_letter");
		this.tables.execute("delete from events_retry");

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).hasSize(701).startsWith(-1);
		assertThat(this.ledger.numbers().subList(1, 701)).isEqualTo(range(1, 700));
		assertThat(this.tables.retries()).isZero();
	}

	@ParameterizedTest
	@ValueSource(classes = { Transactional.class, Outside.class })
	void anotherInstanceNoticesThatAKeyWasReleased(Class<?> listener) {
		TestApplication first = start(listener);
		TestApplication second = start(listener);
		first.outbox().emit(new Counted("a", -1));
		first.outbox().emitAll(counted("a", 1, 10));
		await().until(() -> this.tables.deadLetters().size() == 1);
		first.stop();
		second.outbox().emit(new Counted("a", 11));

		// Discarded by hand, as an operator would in a hurry.
		this.tables.execute("delete from events where payload->>'number' = '-1'");
		this.tables.execute("delete from events_retry");

		await().untilAsserted(() -> assertThat(this.ledger.numbers()).isEqualTo(range(1, 11)));
	}

	/**
	 * Whether the listeners have been mended.
	 *
	 * @param is whether they have
	 */
	record Mended(AtomicBoolean is) {
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Base {

		@Bean
		Mended mended() {
			return new Mended(new AtomicBoolean());
		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Base.class)
	static class Transactional {

		@Bean
		Listener listener(Ledger ledger, Mended mended) {
			return new Listener(ledger, mended);
		}

		record Listener(Ledger ledger, Mended mended) {

			@OutboxListener(onExhaustion = OnExhaustion.BLOCK, retry = @Retry(maxAttempts = 2))
			void on(Counted event, EventMetadata metadata) {
				if (event.number() < 0 && !this.mended.is().get()) {
					throw new Mishap();
				}
				this.ledger.write(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Base.class)
	static class Outside {

		@Bean
		Listener listener(Ledger ledger, Mended mended) {
			return new Listener(ledger, mended);
		}

		record Listener(Ledger ledger, Mended mended) {

			@OutboxListener(transactional = false, onExhaustion = OnExhaustion.BLOCK, retry = @Retry(maxAttempts = 2))
			void on(Counted event, EventMetadata metadata) {
				if (event.number() < 0 && !this.mended.is().get()) {
					throw new Mishap();
				}
				this.ledger.write(event, metadata);
			}

		}

	}

}
