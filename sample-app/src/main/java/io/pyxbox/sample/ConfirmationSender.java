package io.pyxbox.sample;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.Retry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * "Sends" a confirmation to the customer, as an e-mail service or a broker would: outside
 * any transaction, at least once.
 * <p>
 * So that a retry can be watched, the first attempt fails for each order whose quantity
 * is divisible by three. About two seconds later it is tried again; until then later
 * orders of the same product wait for their confirmation, and nothing else does.
 */
@Component
class ConfirmationSender {

	private static final Logger logger = LoggerFactory.getLogger(ConfirmationSender.class);

	private final JdbcClient jdbc;

	ConfirmationSender(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/**
	 * Confirms an order.
	 * @param order the order
	 * @param metadata tells which attempt this is
	 */
	@OutboxListener(consumer = "confirmation", transactional = false,
			retry = @Retry(initialInterval = "2s", maxInterval = "10s"))
	void confirm(OrderPlaced order, EventMetadata metadata) {
		if (order.quantity() % 3 == 0 && metadata.attempt() == 1) {
			throw new IllegalStateException("The mail server does not answer (made up)");
		}
		logger.info("Confirmed order {}: {} x {}, at attempt {}", order.orderId(), order.quantity(), order.product(),
				metadata.attempt());
		this.jdbc.sql("update orders set confirmation = 'SENT', attempts = ? where id = ?")
			.params(metadata.attempt(), order.orderId())
			.update();
	}

}
