package io.pyxbox.sample;

import org.springframework.data.repository.CrudRepository;

/**
 * The payments that were received.
 */
interface Payments extends CrudRepository<Payment, Long> {

	/**
	 * Tells whether an order was paid.
	 * @param orderId the order's number
	 * @return whether there is a payment for it
	 */
	boolean existsByOrderId(long orderId);

}
