package io.pyxbox.evolution;

import java.util.concurrent.atomic.AtomicBoolean;

import io.pyxbox.EventMetadata;
import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The next version of {@link OldShop}: orders have a text in place of a number.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class NewShop {

	@Bean
	Seen seen(JdbcClient jdbc) {
		return new Seen(jdbc);
	}

	@Bean
	Listener listener(Seen seen) {
		return new Listener(seen, new AtomicBoolean());
	}

	@Bean
	EventUpcaster orderedWithText() {
		return EventUpcaster.of("ordered", 1, (order) -> order.put("text", order.remove("number").asString() + "!"));
	}

	@OutboxEvent(type = "ordered", version = 2)
	record Ordered(String text) {
	}

	record Listener(Seen seen, AtomicBoolean failing) {

		@OutboxListener(consumer = "shop")
		void on(Ordered event, EventMetadata metadata) {
			if (this.failing.get()) {
				throw new IllegalStateException("a mishap");
			}
			this.seen.write("new", event.text(), metadata);
		}

	}

}
