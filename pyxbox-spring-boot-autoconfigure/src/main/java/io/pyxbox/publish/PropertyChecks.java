package io.pyxbox.publish;

import java.time.Duration;

/**
 * What properties of several publishers have to be.
 */
public final class PropertyChecks {

	private static final Duration SHORTEST = Duration.ofMillis(100);

	private static final Duration LONGEST = Duration.ofHours(1);

	private PropertyChecks() {
	}

	/**
	 * Requires that acknowledgements can be waited for as long as that.
	 * @param property the name of the property
	 * @param value its value
	 * @throws IllegalArgumentException if it is too short or too long
	 */
	public static void requireAckTimeout(String property, Duration value) {
		if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException("'" + property + "' must be between 100ms and an hour, but is " + value);
		}
	}

	/**
	 * Requires that something may be on its way.
	 * @param property the name of the property
	 * @param value its value
	 * @throws IllegalArgumentException if it is less than one
	 */
	public static void requireInFlight(String property, int value) {
		if (value < 1) {
			throw new IllegalArgumentException("'" + property + "' must be at least 1, but is " + value);
		}
	}

}
