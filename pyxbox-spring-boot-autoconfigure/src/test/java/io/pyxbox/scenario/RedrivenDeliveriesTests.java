package io.pyxbox.scenario;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.pyxbox.DeadLetterFilter;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.scenario.FlakyApplication.Flaky;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static io.pyxbox.scenario.FlakyApplication.GIVES_UP_AT_ONCE;
import static io.pyxbox.scenario.FlakyApplication.deadLetters;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is redriven or discarded reaches those whom it concerns, at once, and leaves
 * nothing behind.
 */
class RedrivenDeliveriesTests extends Scenario {

	private static final DeadLetterFilter ALL = DeadLetterFilter.all();

	private static final String WAITS_FOR_ITS_WAKE_UP = "pyxbox.poller.poll-interval=1h";

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void aRedrivenEventReachesItsConsumerOnly() {
		TestApplication application = start(Two.class, GIVES_UP_AT_ONCE);
		application.outbox().emitAll(counted("a", 1, 100));
		await().until(() -> this.tables.count("events_dead_letter") == 100 && this.tables.events() == 0);
		application.bean(Both.class).broken().set(false);

		deadLetters(application).redrive(ALL);

		await().until(() -> this.ledger.events("one").size() == 100);
		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.events("one")).isEqualTo(counted("a", 1, 100));
		assertThat(this.ledger.events("another")).isEqualTo(counted("a", 1, 100));
	}

	@Test
	void whatIsBlockedGoesOnAsSoonAsItIsRedriven() {
		TestApplication application = startWithABlockedKey();

		deadLetters(application).redrive(ALL);

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers().subList(5, 10)).isEqualTo(range(1, 5));
		assertThat(this.tables.retries()).isZero();
	}

	@Test
	void whatIsBlockedGoesOnAsSoonAsItIsDiscarded() {
		TestApplication application = startWithABlockedKey();

		application.inTransaction(() -> deadLetters(application).discard(1));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers().subList(5, 9)).isEqualTo(range(2, 5));
		assertThat(this.tables.retries()).isZero();
	}

	/** Of two keys that share a bucket, the first one waits. */
	private TestApplication startWithABlockedKey() {
		TestApplication application = prepare(FlakyApplication.class, WAITS_FOR_ITS_WAKE_UP);
		application.bean(Flaky.class).isRepaired();
		List<String> keys = keysOfOneBucket(application, 2);
		application.outbox().emitAll(counted(keys.get(0), 1, 5));
		application.outbox().emitAll(counted(keys.get(1), 6, 10));
		this.tables.block("flaky", this.tables.rows().get(0).id());
		application.start();
		await().until(() -> this.ledger.size() == 5);
		assertThat(this.ledger.numbers()).isEqualTo(range(6, 10));
		await().until(this.tables::isLeftAlone);
		return application;
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class Two {

		@Bean
		Both both(Ledger ledger) {
			return new Both(ledger, new AtomicBoolean(true));
		}

	}

	record Both(Ledger ledger, AtomicBoolean broken) {

		@OutboxListener(consumer = "one")
		void one(Counted event, EventMetadata metadata) {
			if (this.broken.get()) {
				throw new Mishap();
			}
			this.ledger.write(event, metadata);
		}

		@OutboxListener(consumer = "another")
		void another(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
		}

	}

}
