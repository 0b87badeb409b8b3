package io.pyxbox.publish;

import java.time.Duration;

import io.pyxbox.EventPublisher;

/**
 * A publisher that knows how long it may take. It must not be interrupted before: an
 * interrupted call counts as a failure of its events, and while the destination is away,
 * it is not their fault.
 */
public interface TimedPublisher extends EventPublisher {

	/**
	 * Returns how long a call may take.
	 * @return the time after which it has ended, but for what the machine takes
	 */
	Duration longestCall();

	/**
	 * Returns what that depends on.
	 * @return the name of a property
	 */
	String timeoutProperty();

}
