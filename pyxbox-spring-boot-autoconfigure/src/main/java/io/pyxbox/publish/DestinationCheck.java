package io.pyxbox.publish;

import java.util.Set;

/**
 * A publisher that can tell of a destination, before anything is sent there, that it
 * cannot be.
 */
public interface DestinationCheck {

	/**
	 * Checks destinations that routes name, when the application starts. What cannot be
	 * known at the moment is no reason not to start.
	 * @param destinations the destinations
	 * @throws InvalidPublishingException if nothing can ever be sent to one of them
	 */
	void check(Set<String> destinations);

}
