package io.pyxbox.dispatch;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

import io.pyxbox.ConsumerId;
import org.jspecify.annotations.Nullable;

/**
 * Decides which lane the next free worker takes.
 * <p>
 * A lane is idle, queued, delayed or running, and never runs twice at the same time; a
 * signal for a running lane makes it run once more. Consumers take turns. One of them may
 * take several workers, but never one that another consumer would need for its first
 * lane: a slow consumer does not delay another as long as there are at least as many
 * workers as consumers. One whose circuit is open gets none.
 * <p>
 * Thread-safe.
 */
final class LaneScheduler {

	private final int workers;

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition changed = this.lock.newCondition();

	private final Map<ConsumerId, Queue> queues = new LinkedHashMap<>();

	private final ArrayDeque<Queue> turns = new ArrayDeque<>();

	private final Map<LaneState, Entry> entries = new HashMap<>();

	private final PriorityQueue<Entry> delayed = new PriorityQueue<>(Comparator.comparingLong((entry) -> entry.dueAt));

	private int running;

	private boolean closed;

	LaneScheduler(int workers, List<LaneState> lanes) {
		this.workers = workers;
		for (LaneState lane : lanes) {
			Queue queue = this.queues.computeIfAbsent(lane.target().consumer(),
					(consumer) -> new Queue(lane.target().settings().lanes(), lane.circuit()));
			this.entries.put(lane, new Entry(lane, queue));
		}
		this.turns.addAll(this.queues.values());
	}

	/**
	 * There is something for this lane.
	 * @return whether it can run as soon as there is a worker, as far as is known: not if
	 * it could not the last time
	 */
	boolean signal(LaneState lane) {
		this.lock.lock();
		try {
			Entry entry = entry(lane);
			switch (entry.status) {
				case RUNNING -> entry.again = true;
				case IDLE -> enqueue(entry);
				case DELAYED -> {
					if (!entry.hindered) {
						this.delayed.remove(entry);
						enqueue(entry);
					}
				}
				case QUEUED -> {
				}
			}
			return !entry.hindered;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Whether what is signalled now has to wait for a worker. */
	boolean isSaturated() {
		this.lock.lock();
		try {
			return this.running >= this.workers;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether a lane waits although a worker is free: it is kept for another consumer.
	 */
	boolean isHoldingBack() {
		this.lock.lock();
		try {
			return this.queues.values().stream().anyMatch(this::isHeldBack);
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isHeldBack(Queue queue) {
		return !queue.ready.isEmpty() && queue.running > 0 && queue.running < queue.limit()
				&& this.workers - this.running <= idleConsumers();
	}

	/**
	 * Waits for a lane that may run now.
	 * @return the lane, or {@code null} once the scheduler is closed
	 */
	@Nullable LaneState take() throws InterruptedException {
		this.lock.lockInterruptibly();
		try {
			while (!this.closed) {
				// One time for all, or a lane that falls due in between is waited for in
				// vain.
				long now = System.nanoTime();
				enqueueDue(now);
				LaneState next = next(now);
				if (next != null) {
					return next;
				}
				await(now);
			}
			return null;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Hands out another lane of the same consumer to a worker that runs one already: one
	 * that is to be run with as much care.
	 * @return the lane, or {@code null} if none is ready
	 */
	@Nullable LaneState takeAlso(LaneState first) {
		this.lock.lock();
		try {
			enqueueDue(System.nanoTime());
			Queue queue = entry(first).queue;
			Entry entry = this.closed ? null : queue.ready.peek();
			if (entry == null || !isAlike(first, entry.lane) || !first.circuit().isClosed()) {
				return null;
			}
			queue.ready.remove();
			entry.status = Status.RUNNING;
			entry.shares = true;
			return entry.lane;
		}
		finally {
			this.lock.unlock();
		}
	}

	private static boolean isAlike(LaneState one, LaneState other) {
		return one.needsCare() == other.needsCare() && one.suspect() == 0 && other.suspect() == 0;
	}

	/** The lane has run and has nothing more to do for now. */
	void idle(LaneState lane) {
		ended(lane, (entry) -> {
		});
	}

	/** The lane has run and is to run again at once. */
	void again(LaneState lane) {
		ended(lane, this::enqueue);
	}

	/** The lane has run and is to run again after a while, or sooner on a signal. */
	void againIn(LaneState lane, long millis) {
		delay(lane, millis, false);
	}

	/** The lane could not run and is to be tried again after a while, not sooner. */
	void tryAgainIn(LaneState lane, long millis) {
		delay(lane, millis, true);
	}

	private void delay(LaneState lane, long millis, boolean hindered) {
		ended(lane, (entry) -> {
			entry.hindered = hindered;
			entry.dueAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
			entry.status = Status.DELAYED;
			this.delayed.add(entry);
			this.changed.signal();
		});
	}

	/** Ends all waiting; nothing is handed out from now on. */
	void close() {
		this.lock.lock();
		try {
			this.closed = true;
			this.changed.signalAll();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void ended(LaneState lane, Consumer<Entry> otherwise) {
		this.lock.lock();
		try {
			Entry entry = entry(lane);
			entry.status = Status.IDLE;
			if (!entry.shares) {
				entry.queue.running--;
				this.running--;
			}
			entry.shares = false;
			entry.hindered = false;
			otherwise.accept(entry);
			if (entry.again && entry.status == Status.IDLE) {
				enqueue(entry);
			}
			else if (entry.again && entry.status == Status.DELAYED && !entry.hindered) {
				this.delayed.remove(entry);
				enqueue(entry);
			}
			entry.again = false;
			// A free worker, or a consumer below its limit, may admit a waiting lane.
			this.changed.signal();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void enqueue(Entry entry) {
		entry.status = Status.QUEUED;
		entry.queue.ready.add(entry);
		this.changed.signal();
	}

	private void enqueueDue(long now) {
		for (Entry entry = this.delayed.peek(); entry != null && entry.dueAt - now <= 0; entry = this.delayed.peek()) {
			this.delayed.remove();
			enqueue(entry);
		}
	}

	private @Nullable LaneState next(long now) {
		int idleConsumers = idleConsumers();
		for (int i = this.turns.size(); i > 0; i--) {
			Queue queue = this.turns.removeFirst();
			this.turns.addLast(queue);
			if (!queue.ready.isEmpty() && isAdmitted(queue, idleConsumers, now)) {
				Entry entry = queue.ready.remove();
				entry.status = Status.RUNNING;
				queue.running++;
				this.running++;
				return entry.lane;
			}
		}
		return null;
	}

	private int idleConsumers() {
		return (int) this.queues.values().stream().filter((queue) -> queue.running == 0).count();
	}

	private boolean isAdmitted(Queue queue, int idleConsumers, long now) {
		int free = this.workers - this.running;
		return free > 0 && queue.running < queue.limit() && (queue.running == 0 || free > idleConsumers)
				&& queue.circuit.nanosUntilProbe(now) <= 0;
	}

	private void await(long now) throws InterruptedException {
		long nanos = nanosUntilNext(now);
		if (nanos == Long.MAX_VALUE) {
			this.changed.await();
		}
		else {
			this.changed.awaitNanos(nanos);
		}
	}

	/** Until a lane is due, or the destination of one that is ready is tried again. */
	private long nanosUntilNext(long now) {
		Entry first = this.delayed.peek();
		long next = (first != null) ? first.dueAt - now : Long.MAX_VALUE;
		for (Queue queue : this.queues.values()) {
			long probe = queue.ready.isEmpty() ? 0 : queue.circuit.nanosUntilProbe(now);
			next = (probe > 0) ? Math.min(next, probe) : next;
		}
		return next;
	}

	private Entry entry(LaneState lane) {
		Entry entry = this.entries.get(lane);
		if (entry == null) {
			throw new IllegalArgumentException("Not a lane of this scheduler: " + lane.lane());
		}
		return entry;
	}

	private enum Status {

		IDLE, QUEUED, DELAYED, RUNNING

	}

	private static final class Queue {

		private final ArrayDeque<Entry> ready = new ArrayDeque<>();

		private final int limit;

		private final CircuitBreaker circuit;

		private int running;

		Queue(int limit, CircuitBreaker circuit) {
			this.limit = limit;
			this.circuit = circuit;
		}

		/** While the destination may be down one lane is enough to find out. */
		int limit() {
			return this.circuit.isClosed() ? this.limit : 1;
		}

	}

	private static final class Entry {

		private final LaneState lane;

		private final Queue queue;

		private Status status = Status.IDLE;

		private boolean again;

		/** Could not run the last time, which is not that there was nothing to do. */
		private boolean hindered;

		/** Runs together with another lane, in the same worker. */
		private boolean shares;

		private long dueAt;

		Entry(LaneState lane, Queue queue) {
			this.lane = lane;
			this.queue = queue;
		}

	}

}
