package io.pyxbox.dispatch;

import java.util.concurrent.Executor;

/**
 * Starts the threads that the poller works with: platform threads or virtual ones.
 */
@FunctionalInterface
public interface ThreadStarter {

	/**
	 * Starts a thread.
	 * @param name its name
	 * @param keepsAlive whether the application stays alive for it
	 * @param task what it runs
	 */
	void start(String name, boolean keepsAlive, Runnable task);

	/**
	 * Returns what makes calls at the same time.
	 * @return an executor that never makes a call wait
	 */
	default Executor forCalls() {
		return (call) -> start("pyxbox-call", false, call);
	}

	/**
	 * Returns a starter of platform threads, which keeps those of calls for a while.
	 * @return the starter
	 */
	static ThreadStarter ofPlatform() {
		return new PlatformThreads();
	}

}
