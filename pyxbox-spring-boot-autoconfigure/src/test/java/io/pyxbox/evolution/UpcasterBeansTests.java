package io.pyxbox.evolution;

import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.BeanCurrentlyInCreationException;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThatException;

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
