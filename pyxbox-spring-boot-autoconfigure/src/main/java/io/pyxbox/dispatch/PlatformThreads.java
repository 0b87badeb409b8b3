package io.pyxbox.dispatch;

import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads of the platform. The executors have no core threads, so they hold none while
 * there are no calls and need not be shut down.
 */
final class PlatformThreads implements ThreadStarter {

	private static final long IDLE_SECONDS = 10;

	@Override
	public void start(String name, boolean keepsAlive, Runnable task) {
		create(name, keepsAlive, task).start();
	}

	@Override
	public Executor forCalls() {
		AtomicInteger count = new AtomicInteger();
		return new ThreadPoolExecutor(0, Integer.MAX_VALUE, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
				(call) -> create("pyxbox-call-" + count.incrementAndGet(), false, call));
	}

	/**
	 * A timer whose threads end while nothing is scheduled, so it need not be shut down.
	 * @param threads how many tasks may run at the same time
	 */
	static ScheduledThreadPoolExecutor timer(String name, int threads) {
		ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(threads,
				(task) -> create(name, false, task));
		timer.setRemoveOnCancelPolicy(true);
		timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
		timer.allowCoreThreadTimeOut(true);
		return timer;
	}

	private static Thread create(String name, boolean keepsAlive, Runnable task) {
		Thread thread = new Thread(task, name);
		thread.setDaemon(!keepsAlive);
		return thread;
	}

}
