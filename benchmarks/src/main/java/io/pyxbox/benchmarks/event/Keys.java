package io.pyxbox.benchmarks.event;

/**
 * How events are spread over partition keys.
 */
public enum Keys {

	/** A thousand customers, in turn. */
	THOUSAND,

	/** A hundred customers, in turn. */
	HUNDRED,

	/** One customer has every other event, the rest is spread over a thousand. */
	HOT;

	/**
	 * Returns the key of an event.
	 * @param number the event's number
	 * @return the customer
	 */
	public String of(int number) {
		return switch (this) {
			case THOUSAND -> "customer-" + number % 1_000;
			case HUNDRED -> "customer-" + number % 100;
			case HOT -> (number % 2 == 0) ? "customer-hot" : "customer-" + number % 1_000;
		};
	}

}
