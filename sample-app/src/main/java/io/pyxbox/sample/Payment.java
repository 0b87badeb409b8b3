package io.pyxbox.sample;

import org.jspecify.annotations.Nullable;

import org.springframework.data.annotation.Id;
import org.springframework.data.domain.AbstractAggregateRoot;
import org.springframework.data.relational.core.mapping.Table;

/**
 * A payment, as Spring Data stores it: an aggregate that tells of itself. What it
 * registers is emitted as it is saved, in the same transaction.
 */
@Table("payments")
class Payment extends AbstractAggregateRoot<Payment> {

	@Id
	private @Nullable Long id;

	private final long orderId;

	Payment(@Nullable Long id, long orderId) {
		this.id = id;
		this.orderId = orderId;
	}

	/**
	 * Receives a payment.
	 * @param orderId the number of the order that was paid
	 * @return the payment, to be saved
	 */
	static Payment of(long orderId) {
		return new Payment(null, orderId).andEvent(new OrderPaid(orderId));
	}

}
