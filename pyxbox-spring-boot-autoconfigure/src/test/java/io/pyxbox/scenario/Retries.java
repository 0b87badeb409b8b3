package io.pyxbox.scenario;

import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.dao.ConcurrencyFailureException;

/**
 * Tries work again until it does not meet the work of others any more, as applications do
 * that use SERIALIZABLE or REPEATABLE READ transactions.
 */
record Retries(AtomicInteger failures) {

	Retries() {
		this(new AtomicInteger());
	}

	void run(Runnable work) {
		while (true) {
			try {
				work.run();
				return;
			}
			catch (ConcurrencyFailureException ex) {
				// "Could not serialize access": SQL state 40001.
				this.failures.incrementAndGet();
			}
		}
	}

}
