package io.pyxbox;

/**
 * Does something with what was pulled.
 *
 * @param <T> what it takes
 * @param <X> what it may throw
 */
@FunctionalInterface
public interface InboxHandler<T, X extends Exception> {

	/**
	 * Handles an event, or several.
	 * @param pulled what was pulled
	 * @throws X to roll back
	 */
	void handle(T pulled) throws X;

}
