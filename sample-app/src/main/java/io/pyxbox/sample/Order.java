package io.pyxbox.sample;

import java.time.OffsetDateTime;

/**
 * An order as it stands.
 *
 * @param id the order's number
 * @param product what was ordered
 * @param quantity how many of it
 * @param placedAt when it was placed
 * @param confirmation whether the customer has got a confirmation
 * @param attempts how many attempts the confirmation took, 0 while it is pending
 * @param paid whether it was paid
 * @param reminded whether the customer was reminded to pay
 * @param receipts how many receipts the customer has got
 */
record Order(long id, String product, int quantity, OffsetDateTime placedAt, Confirmation confirmation, int attempts,
		boolean paid, boolean reminded, int receipts) {

	enum Confirmation {

		PENDING, SENT

	}

}
