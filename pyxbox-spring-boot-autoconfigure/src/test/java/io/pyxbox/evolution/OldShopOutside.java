package io.pyxbox.evolution;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * {@link OldShop} with effects elsewhere.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class OldShopOutside {

	@Bean
	Seen seen(JdbcClient jdbc) {
		return new Seen(jdbc);
	}

	@Bean
	Listener listener(Seen seen) {
		return new Listener(seen);
	}

	record Listener(Seen seen) {

		@OutboxListener(consumer = "shop", transactional = false)
		void on(OldShop.Ordered event, EventMetadata metadata) {
			this.seen.write("old", event.number(), metadata);
		}

	}

}
