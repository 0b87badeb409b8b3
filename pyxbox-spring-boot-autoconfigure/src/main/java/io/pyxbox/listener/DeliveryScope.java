package io.pyxbox.listener;

import java.util.List;

import io.pyxbox.dispatch.DecodedEvent;

/**
 * What surrounds each call of a listener, on the thread that calls it. Must be
 * thread-safe.
 */
public interface DeliveryScope {

	/**
	 * Makes the call.
	 * @param events what is delivered: one event, or a chunk
	 * @param call the call
	 * @throws Exception as the call does
	 */
	void around(List<DecodedEvent> events, Call call) throws Exception;

	/**
	 * Puts one into the other.
	 * @param scopes the scopes, the outermost first
	 * @return a scope of all of them
	 */
	static DeliveryScope of(List<DeliveryScope> scopes) {
		DeliveryScope all = (events, call) -> call.run();
		for (int i = scopes.size() - 1; i >= 0; i--) {
			DeliveryScope outer = scopes.get(i);
			DeliveryScope inner = all;
			all = (i == scopes.size() - 1) ? outer
					: (events, call) -> outer.around(events, () -> inner.around(events, call));
		}
		return all;
	}

	/**
	 * A call of a listener.
	 */
	@FunctionalInterface
	interface Call {

		/**
		 * Calls.
		 * @throws Exception as the listener does
		 */
		void run() throws Exception;

	}

}
