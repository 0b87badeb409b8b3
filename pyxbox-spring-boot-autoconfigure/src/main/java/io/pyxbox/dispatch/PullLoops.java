package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.pyxbox.InboxHandler;
import io.pyxbox.dispatch.ChunkTransactions.ChunkFailure;
import io.pyxbox.store.LostClaimException;
import io.pyxbox.store.NewEvent;
import io.pyxbox.store.Subscription;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Pulls events one by one until it is stopped, in threads of whoever calls. Thread-safe.
 */
public final class PullLoops {

	private static final Log logger = LogFactory.getLog(PullLoops.class);

	/** After an interrupt, how long a handler may take to notice. */
	private static final Duration INTERRUPT_GRACE = Duration.ofSeconds(2);

	private final ChunkTransactions transactions;

	private final Puller puller;

	private final Duration pollInterval;

	private final Duration shutdownTimeout;

	private final TroubleLog trouble = new TroubleLog(Duration.ofSeconds(3));

	private final Set<Loop> running = ConcurrentHashMap.newKeySet();

	private volatile boolean stopping;

	/**
	 * Creates an instance.
	 * @param transactions the transactions in which events are handled
	 * @param puller pulls and completes
	 * @param pollInterval how long an event may go unnoticed that nobody has told of
	 * @param shutdownTimeout how long a handler may take to end before it is interrupted
	 */
	public PullLoops(ChunkTransactions transactions, Puller puller, Duration pollInterval, Duration shutdownTimeout) {
		this.transactions = transactions;
		this.puller = puller;
		this.pollInterval = pollInterval;
		this.shutdownTimeout = shutdownTimeout;
	}

	/**
	 * Pulls events until {@link #stop()} is called or the calling thread is interrupted.
	 * @param target who pulls, asked for each time; fails if the database is away
	 * @param handler is called for each event
	 */
	public void run(Supplier<DeliveryTarget> target, InboxHandler<DecodedEvent, ?> handler) {
		Loop loop = new Loop(target, handler);
		this.running.add(loop);
		try {
			loop.run();
		}
		finally {
			this.running.remove(loop);
			loop.end();
		}
	}

	/**
	 * Says that events were committed here. For each of them one loop looks that waits,
	 * or, if none does, those look again that are about to wait.
	 * @param events the events
	 */
	public void wake(Collection<NewEvent> events) {
		if (this.running.isEmpty()) {
			return;
		}
		for (NewEvent event : events) {
			List<Loop> loops = this.running.stream().filter((loop) -> loop.takes(event)).toList();
			if (loops.stream().noneMatch(Loop::signalIfIdle)) {
				loops.forEach(Loop::signal);
			}
		}
	}

	/**
	 * Allows loops to begin, after they were stopped.
	 */
	public void start() {
		this.stopping = false;
	}

	/**
	 * Has all loops end, and returns when they have, or when waiting for it is given up.
	 */
	public void stop() {
		this.stopping = true;
		this.running.forEach(Loop::signal);
		try {
			List<Loop> ending = List.copyOf(this.running);
			if (haveEnded(ending, this.shutdownTimeout)) {
				return;
			}
			ending.stream().filter(this.running::contains).forEach(Loop::interrupt);
			if (!haveEnded(ending, INTERRUPT_GRACE)) {
				logger.warn("Some handlers of pulled events did not end within " + this.shutdownTimeout.toMillis()
						+ " ms (pyxbox.poller.shutdown-timeout) and do not react to an interrupt. "
						+ "Their events are pulled again after a restart.");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static boolean haveEnded(List<Loop> loops, Duration within) throws InterruptedException {
		long deadline = System.nanoTime() + within.toNanos();
		for (Loop loop : loops) {
			if (!loop.ended.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
				return false;
			}
			loop.ended.release();
		}
		return true;
	}

	/**
	 * One caller.
	 */
	private final class Loop {

		private final Thread thread = Thread.currentThread();

		private final Semaphore signal = new Semaphore(0);

		private final Semaphore ended = new Semaphore(0);

		private final Supplier<DeliveryTarget> target;

		private final InboxHandler<DecodedEvent, ?> handler;

		private volatile @Nullable Subscription subscription;

		private volatile boolean idle;

		private int hindrances;

		private boolean interrupted;

		private boolean over;

		Loop(Supplier<DeliveryTarget> target, InboxHandler<DecodedEvent, ?> handler) {
			this.target = target;
			this.handler = handler;
		}

		void run() {
			while (!hasToEnd()) {
				try {
					pause(pull());
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}
		}

		synchronized void interrupt() {
			if (!this.over) {
				this.interrupted = true;
				this.thread.interrupt();
			}
		}

		/** An interrupt of ours is not to reach what the caller does next. */
		synchronized void end() {
			this.over = true;
			if (this.interrupted) {
				Thread.interrupted();
			}
			this.ended.release();
		}

		private boolean hasToEnd() {
			return PullLoops.this.stopping || this.thread.isInterrupted();
		}

		private void pause(long millis) throws InterruptedException {
			if (millis <= 0 || hasToEnd()) {
				return;
			}
			this.idle = true;
			try {
				if (this.signal.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
					this.signal.drainPermits();
				}
			}
			finally {
				this.idle = false;
			}
		}

		boolean takes(NewEvent event) {
			Subscription known = this.subscription;
			return known == null || known.takes(event.type(), event.topic());
		}

		boolean signalIfIdle() {
			return this.idle && this.signal.availablePermits() == 0 && signal();
		}

		boolean signal() {
			if (this.signal.availablePermits() == 0) {
				this.signal.release();
			}
			return true;
		}

		/** Returns how many milliseconds to wait until the next time. */
		private long pull() {
			PullAttempt attempt;
			try {
				DeliveryTarget current = this.target.get();
				this.subscription = current.subscription();
				attempt = new PullAttempt(PullLoops.this.puller, current, 1);
			}
			catch (RuntimeException ex) {
				return broken(ex);
			}
			try {
				PulledChunk pulled = attempt.run(PullLoops.this.transactions,
						(events) -> this.handler.handle(events.get(0)));
				PullLoops.this.trouble.over();
				this.hindrances = 0;
				return pulled.isEmpty() ? PullLoops.this.pollInterval.toMillis() : 0;
			}
			catch (Exception ex) {
				return rolledBack(attempt, ex);
			}
		}

		private long rolledBack(PullAttempt attempt, Exception cause) {
			PulledChunk chunk = attempt.chunk();
			boolean handlerFailed = cause instanceof ChunkFailure;
			Throwable reason = (cause instanceof ChunkFailure failure) ? failure.reason() : cause;
			if (reason instanceof InterruptedException) {
				// Whoever interrupts wants the loop to end.
				this.thread.interrupt();
			}
			if (hasToEnd() || cause instanceof LostClaimException) {
				return 0;
			}
			boolean blameless = handlerFailed ? attempt.isConnectionLost() && DatabaseTrouble.isCauseOf(reason)
					: DatabaseTrouble.isCauseOf(cause) || DatabaseTrouble.isPassing(cause);
			return (chunk == null || blameless) ? broken(cause) : recordFailure(chunk, reason);
		}

		private long recordFailure(PulledChunk chunk, Throwable cause) {
			try {
				PulledChunk failed = PullLoops.this.transactions.execute((scope) -> {
					scope.ownStatementsFollow();
					return PullLoops.this.puller.fail(scope.connection(), chunk, cause);
				});
				PullLoops.this.puller.tell(failed);
				return 0;
			}
			catch (Exception ex) {
				return broken(ex);
			}
		}

		private long broken(Throwable cause) {
			PullLoops.this.trouble.report(cause);
			return Jitter.onTopOf(Math.min(1_000, 5L << Math.min(this.hindrances++, 10)));
		}

	}

}
