package io.pyxbox.chaos;

import io.pyxbox.OutboxEvent;
import org.jspecify.annotations.Nullable;

/**
 * An event of the books: the n-th entry of an account, or one that belongs to none.
 *
 * @param account the key, {@code null} for none
 * @param number which one of its account
 * @param failures how many attempts fail before one succeeds
 */
@OutboxEvent(type = "entry", partitionKey = "account")
record Entry(@Nullable String account, long number, int failures) {

	/** More failures than there are attempts. */
	static final int ALWAYS = 1_000;

	/**
	 * Fails if this attempt is to fail.
	 */
	void strike(int attempt) {
		if (attempt <= this.failures) {
			throw new IllegalStateException("Attempt " + attempt + " of " + this + " fails");
		}
	}

}
