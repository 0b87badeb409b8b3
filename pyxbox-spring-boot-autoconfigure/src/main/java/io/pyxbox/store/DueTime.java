package io.pyxbox.store;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * When a delayed event is due, by the clock of the database.
 *
 * @param at the time; {@code null} if a delay is given
 * @param delay how long after it is stored; {@code null} if a time is given
 */
public record DueTime(@Nullable Instant at, @Nullable Duration delay) {

	/**
	 * Estimates how long that is from now, by the clock of this machine.
	 * @return the time until then, not negative
	 */
	public Duration in() {
		Duration in = (this.at != null) ? Duration.between(Instant.now(), this.at) : this.delay;
		return (in != null && !in.isNegative()) ? in : Duration.ZERO;
	}

	@Nullable String atText() {
		return (this.at != null) ? this.at.toString() : null;
	}

	@Nullable Long delayInMicros() {
		return (this.delay != null) ? this.delay.toNanos() / 1_000 : null;
	}

}
