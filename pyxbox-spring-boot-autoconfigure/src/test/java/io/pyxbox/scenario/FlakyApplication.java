package io.pyxbox.scenario;

import java.util.function.IntPredicate;

import io.pyxbox.DeadLetters;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * An application whose only consumer fails for as long as it is told to.
 */
@Configuration(proxyBeanMethods = false)
@Import(LedgerApplication.class)
class FlakyApplication {

	static final String GIVES_UP_AT_ONCE = "pyxbox.retry.max-attempts=1";

	@Bean
	Flaky flaky(Ledger ledger) {
		return new Flaky(ledger);
	}

	static DeadLetters deadLetters(TestApplication application) {
		return application.bean(DeadLetters.class);
	}

	static final class Flaky {

		private final Ledger ledger;

		private volatile IntPredicate fails = (number) -> true;

		Flaky(Ledger ledger) {
			this.ledger = ledger;
		}

		void failsFor(IntPredicate numbers) {
			this.fails = numbers;
		}

		void isRepaired() {
			failsFor((number) -> false);
		}

		@OutboxListener(consumer = "flaky")
		void on(Counted event, EventMetadata metadata) {
			if (this.fails.test(event.number())) {
				throw new Mishap();
			}
			this.ledger.write(event, metadata);
		}

	}

}
