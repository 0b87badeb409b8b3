package io.pyxbox.dispatch;

import java.util.List;

/**
 * Makes calls at the same time.
 */
interface ParallelCalls {

	/**
	 * Runs actions and waits until all of them have ended.
	 * @param consumer whose calls they are; the number of calls at a time is per consumer
	 * @param actions the actions, which do not throw
	 * @throws InterruptedException if the thread was interrupted while waiting; all
	 * actions have been interrupted and have ended, or were never started
	 */
	void run(DeliveryTarget consumer, List<Runnable> actions) throws InterruptedException;

}
