package io.pyxbox.evolution;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * An application as it was.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class OldShop {

	@Bean
	Seen seen(JdbcClient jdbc) {
		return new Seen(jdbc);
	}

	@Bean
	Listener listener(Seen seen) {
		return new Listener(seen);
	}

	@OutboxEvent(type = "ordered")
	record Ordered(int number) {
	}

	record Listener(Seen seen) {

		@OutboxListener(consumer = "shop")
		void on(Ordered event, EventMetadata metadata) {
			this.seen.write("old", event.number(), metadata);
		}

	}

}
