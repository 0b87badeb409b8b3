package io.pyxbox.evolution;

import java.math.BigDecimal;

import io.pyxbox.EventMetadata;
import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The application of the documentation.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Payments {

	private final Seen seen;

	Payments(JdbcClient jdbc) {
		this.seen = new Seen(jdbc);
	}

	@OutboxListener(consumer = "accounts")
	void on(PaymentReceived event, EventMetadata metadata) {
		this.seen.write("accounts", event, metadata);
	}

	@OutboxListener(consumer = "audit", typeNames = { "payment-received", "payed" })
	void audit(JsonNode payment, EventMetadata metadata) {
		this.seen.write("audit", payment, metadata);
	}

	@Bean
	EventUpcaster amountsWithDecimals() {
		return EventUpcaster.of("payed", 1,
				(payment) -> payment.put("amount", BigDecimal.valueOf(payment.remove("cents").asLong(), 2)));
	}

	@Bean
	EventUpcaster receivedInSomeCurrency() {
		return EventUpcaster.renaming("payed", 2, "payment-received", (payment) -> payment.put("currency", "EUR"));
	}

	@OutboxEvent(type = "payment-received", version = 3, aliases = "invoice-paid")
	record PaymentReceived(String payer, BigDecimal amount, String currency) {
	}

}
