package io.pyxbox;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * When a failed delivery is tried again: after intervals that grow exponentially, until
 * it succeeds or becomes a dead letter. What is not set here is taken from
 * {@code pyxbox.retry.*}.
 */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
@Documented
public @interface Retry {

	/**
	 * How often a delivery is attempted in all, the first time included.
	 * @return a positive number
	 */
	int maxAttempts() default -1;

	/**
	 * How long to wait after the first failure, as in {@code "500ms"} or {@code "PT2S"}.
	 * May contain {@code ${...}} placeholders.
	 * @return a duration
	 */
	String initialInterval() default "";

	/**
	 * By what the interval grows with each attempt.
	 * @return a factor of at least 1
	 */
	double multiplier() default -1;

	/**
	 * The longest interval. May contain {@code ${...}} placeholders.
	 * @return a duration
	 */
	String maxInterval() default "";

	/**
	 * By which part of itself an interval varies at random, so that what failed together
	 * does not come back together.
	 * @return a fraction from 0 to 1
	 */
	double jitter() default -1;

	/**
	 * Exceptions after which a delivery is not tried again, whether they are thrown
	 * themselves or as a cause: trying again would not help.
	 * @return exceptions, in addition to those of {@code pyxbox.retry.excludes}
	 */
	Class<? extends Throwable>[] excludes() default {};

}
