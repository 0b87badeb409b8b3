package io.pyxbox;

/**
 * What a message leads to.
 *
 * @param <X> what it may throw
 */
@FunctionalInterface
public interface InboxAction<X extends Exception> {

	/**
	 * Runs.
	 * @throws X to roll back
	 */
	void run() throws X;

}
