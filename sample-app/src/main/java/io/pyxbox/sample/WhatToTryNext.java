package io.pyxbox.sample;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.core.env.Profiles;
import org.springframework.stereotype.Component;

/**
 * Tells a newcomer what to do with the running service.
 */
@Component
class WhatToTryNext {

	private static final Logger logger = LoggerFactory.getLogger(WhatToTryNext.class);

	@EventListener
	void tell(ApplicationReadyEvent ready) {
		Environment environment = ready.getApplicationContext().getEnvironment();
		String port = environment.getProperty("local.server.port", "8080");
		logger
			.info("""
					Ready. Try in another terminal:

					  curl -H 'Content-Type: application/json' -d '{"product": "espresso", "quantity": 2}' localhost:{port}/orders
					  curl localhost:{port}/inventory
					  curl localhost:{port}/orders

					With "quantity": 3 the first attempt to confirm the order fails: see it confirmed about two seconds later.
					After half a minute the customer is reminded to pay, by a delayed event; unless the order is paid before:

					  curl -X POST localhost:{port}/orders/1/payment

					That leads to a receipt, by an event of the payment, which Spring Data stores.
					"""
				.replace("{port}", port));
		if (environment.acceptsProfiles(Profiles.of("kafka"))) {
			logger.info("Orders go to Kafka, too. What has come back from there:\n\n  curl localhost:{}/shipments\n",
					port);
		}
	}

}
