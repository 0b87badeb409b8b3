package io.pyxbox.sample;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Reminds customers of orders that they have not paid, and thanks them when they have.
 */
@Service
class PaymentDesk {

	private static final Logger logger = LoggerFactory.getLogger(PaymentDesk.class);

	private final JdbcClient jdbc;

	private final TransactionalOutbox outbox;

	private final Payments payments;

	private final Duration patience;

	PaymentDesk(JdbcClient jdbc, TransactionalOutbox outbox, Payments payments,
			@Value("${shop.payment-reminder-after}") Duration patience) {
		this.jdbc = jdbc;
		this.outbox = outbox;
		this.payments = payments;
		this.patience = patience;
	}

	/**
	 * Begins to wait for the payment, by an event that is delivered later.
	 * @param order the order
	 */
	@OutboxListener(consumer = "payment")
	void expectPayment(OrderPlaced order) {
		EventId reminder = this.outbox.emit(new PaymentDue(order.orderId()),
				EmitOptions.none().notBefore(this.patience));
		this.jdbc.sql("update orders set reminder = ? where id = ?").params(reminder.value(), order.orderId()).update();
	}

	/**
	 * Books a payment, once; from now on nobody is reminded of it.
	 * @param orderId the order's number
	 * @return whether there is such an order
	 */
	@Transactional
	boolean pay(long orderId) {
		Optional<Optional<UUID>> reminder = this.jdbc
			.sql("update orders set paid = true where id = ? returning reminder")
			.param(orderId)
			.query((row, number) -> Optional.ofNullable(row.getObject("reminder", UUID.class)))
			.optional();
		reminder.flatMap((id) -> id).ifPresent((id) -> this.outbox.cancel(new EventId(id)));
		if (reminder.isPresent() && !this.payments.existsByOrderId(orderId)) {
			this.payments.save(Payment.of(orderId));
		}
		return reminder.isPresent();
	}

	/**
	 * Sends a receipt.
	 * @param paid the order that was paid
	 */
	@OutboxListener(consumer = "receipt")
	void thank(OrderPaid paid) {
		this.jdbc.sql("update orders set receipts = receipts + 1 where id = ?").param(paid.orderId()).update();
	}

	/**
	 * Reminds of an order. If it was paid at the very moment at which this was due, there
	 * is nothing to do.
	 * @param due the order that should have been paid
	 */
	@OutboxListener(consumer = "reminder")
	void remind(PaymentDue due) {
		int reminded = this.jdbc.sql("update orders set reminded = true where id = ? and not paid")
			.param(due.orderId())
			.update();
		if (reminded > 0) {
			logger.info("Order {} has not been paid yet", due.orderId());
		}
	}

}
