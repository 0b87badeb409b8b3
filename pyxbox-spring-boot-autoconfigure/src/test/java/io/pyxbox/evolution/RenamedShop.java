package io.pyxbox.evolution;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A version of {@link OldShop} whose events have got another name.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class RenamedShop {

	@Bean
	Seen seen(JdbcClient jdbc) {
		return new Seen(jdbc);
	}

	@Bean
	Listener listener(Seen seen) {
		return new Listener(seen);
	}

	@OutboxEvent(type = "order-placed", aliases = "ordered")
	record OrderPlaced(int number) {
	}

	record Listener(Seen seen) {

		@OutboxListener(consumer = "shop")
		void on(OrderPlaced event, EventMetadata metadata) {
			this.seen.write("new", event.number(), metadata);
		}

	}

}
