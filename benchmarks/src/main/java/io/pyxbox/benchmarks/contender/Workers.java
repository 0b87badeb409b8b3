package io.pyxbox.benchmarks.contender;

import java.util.ArrayList;
import java.util.List;

/**
 * Threads that do something again and again until they are stopped.
 */
final class Workers {

	private final List<Thread> threads = new ArrayList<>();

	private volatile boolean stopping;

	/**
	 * Starts threads.
	 * @param count how many
	 * @param task what each does until it is told to stop
	 * @return the running threads
	 */
	static Workers start(int count, Task task) {
		Workers workers = new Workers();
		for (int i = 0; i < count; i++) {
			Thread thread = new Thread(() -> workers.run(task), "worker-" + i);
			workers.threads.add(thread);
			thread.start();
		}
		return workers;
	}

	private void run(Task task) {
		try {
			task.run(this);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	boolean stopping() {
		return this.stopping;
	}

	/**
	 * Stops the threads after what they are at.
	 */
	void stop() {
		this.stopping = true;
		for (Thread thread : this.threads) {
			try {
				thread.join();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * What a thread does.
	 */
	@FunctionalInterface
	interface Task {

		void run(Workers workers) throws Exception;

	}

}
