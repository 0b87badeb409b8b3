package io.pyxbox.dispatch;

import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;

import io.pyxbox.ConsumerId;

/**
 * Makes the calls of each consumer at the same time, up to the consumer's limit. The
 * calling thread makes calls itself, so the first one needs no other thread. Thread-safe.
 */
final class ConsumerCalls implements ParallelCalls {

	private final Executor executor;

	private final Map<ConsumerId, Semaphore> permits = new ConcurrentHashMap<>();

	ConsumerCalls(Executor executor) {
		this.executor = executor;
	}

	@Override
	public void run(DeliveryTarget consumer, List<Runnable> actions) throws InterruptedException {
		if (actions.isEmpty()) {
			return;
		}
		Semaphore available = this.permits.computeIfAbsent(consumer.consumer(),
				(id) -> new Semaphore(consumer.settings().calls(), true));
		available.acquire();
		Round round = new Round(available, actions);
		round.helpers(actions.size() - 1);
		round.work();
		round.awaitHelpers();
	}

	/**
	 * The actions of one caller.
	 */
	private final class Round {

		private final Semaphore available;

		private final Queue<Runnable> waiting;

		private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

		private final Phaser helpers = new Phaser(1);

		Round(Semaphore available, List<Runnable> actions) {
			this.available = available;
			this.waiting = new ConcurrentLinkedQueue<>(actions);
		}

		void helpers(int wanted) {
			for (int i = 0; i < wanted && !this.waiting.isEmpty() && this.available.tryAcquire(); i++) {
				this.helpers.register();
				try {
					ConsumerCalls.this.executor.execute(this::help);
				}
				catch (RuntimeException | OutOfMemoryError ex) {
					// No more threads to be had: those there are do the work.
					this.helpers.arriveAndDeregister();
					this.available.release();
					return;
				}
			}
		}

		private void help() {
			this.threads.add(Thread.currentThread());
			try {
				work();
			}
			finally {
				this.threads.remove(Thread.currentThread());
				this.helpers.arriveAndDeregister();
			}
		}

		void work() {
			try {
				for (Runnable next = this.waiting.poll(); next != null; next = this.waiting.poll()) {
					next.run();
				}
			}
			finally {
				this.available.release();
			}
		}

		void awaitHelpers() throws InterruptedException {
			int phase = this.helpers.arrive();
			try {
				this.helpers.awaitAdvanceInterruptibly(phase);
			}
			catch (InterruptedException ex) {
				this.threads.forEach(Thread::interrupt);
				this.helpers.awaitAdvance(phase);
				throw ex;
			}
		}

	}

}
