package io.pyxbox.evolution;

import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.BeanCurrentlyInCreationException;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Upcasters are beans, and beans need each other.
 */
class UpcasterBeansTests extends EvolutionScenario {

	@Test
	void oneThatNeedsTheOutboxFailsTheStartAndIsNotLeftOut() {
		assertThatException().isThrownBy(() -> prepare(Entangled.class))
			.withRootCauseInstanceOf(BeanCurrentlyInCreationException.class)
			.withStackTraceContaining("EventUpcaster");
	}

	@Test
	void whoPullsLearnsThatOneIsMissingBeforeAnythingIsADeadLetter() {
		TestApplication old = prepare(OldShop.class);
		old.outbox().emit(new OldShop.Ordered(1));
		TestApplication application = prepare(Unlifted.class);
		application.outbox().emit(new NewShop.Ordered("2"));
		TransactionalInbox inbox = application.bean(TransactionalInbox.class);

		assertThatIllegalArgumentException().isThrownBy(() -> inbox.next((event) -> {
		})).withMessageContaining("no EventUpcaster lifts events from version 1");

		assertThat(this.tables.events()).isEqualTo(2);
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Unlifted {

	}

	/** The outbox needs the upcasters, and these an object that needs the outbox. */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Entangled {

		private final TransactionalOutbox outbox;

		Entangled(TransactionalOutbox outbox) {
			this.outbox = outbox;
		}

		@OutboxListener
		void on(NewShop.Ordered event) {
			this.outbox.emit(event);
		}

		@Bean
		EventUpcaster orderedWithText() {
			return EventUpcaster.of("ordered", 1, (order) -> order.put("text", "nothing"));
		}

	}

}
