package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.LaneStore;
import io.pyxbox.store.MarkerStore;
import io.pyxbox.store.NewEvent;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.Subscription.Route;
import io.pyxbox.store.TableObserver;
import io.pyxbox.store.WakeUpChannel;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * The poller's threads from one start to the next stop: workers that run lanes, and one
 * that looks for events of other instances.
 */
final class PollerRun {

	private static final Log logger = LogFactory.getLog(PollerRun.class);

	/** How often to look while events are moving, so that hints keep up with them. */
	private static final Duration BUSY_INTERVAL = Duration.ofMillis(100);

	private static final long HOUSEKEEPING_NANOS = TimeUnit.MINUTES.toNanos(1);

	/** The start has better things to do. */
	private static final long FIRST_HOUSEKEEPING_NANOS = TimeUnit.SECONDS.toNanos(10);

	/** Whatever becomes due while somebody looks may have been overlooked. */
	private static final long NOT_PAUSING_NANOS = TimeUnit.DAYS.toNanos(36_500);

	/** After an interrupt, how long a listener may take to notice. */
	private static final Duration INTERRUPT_GRACE = Duration.ofSeconds(2);

	private final PollerSettings settings;

	private final ThreadStarter threads;

	private final int workerCount;

	private final LaneBoard board;

	private final LaneScheduler scheduler;

	private final Prober prober;

	private final DelayedEvents delayed;

	private final LaneCycle transactional;

	private final LaneCycle external;

	private final Housekeeping housekeeping;

	private final ExpiredKeys keys;

	private final TroubleLog trouble = new TroubleLog(Duration.ofSeconds(3));

	private final @Nullable WakeUpSender sender;

	private final @Nullable WakeUpReceiver receiver;

	/** Something may be there that nobody knows of. */
	private final Semaphore lookNow = new Semaphore(0);

	/** Until when nobody looks, by {@link System#nanoTime()}. */
	private volatile long pausingUntil = System.nanoTime() + NOT_PAUSING_NANOS;

	private final CountDownLatch stopping = new CountDownLatch(1);

	private final CountDownLatch ended;

	private final Set<Thread> workers = ConcurrentHashMap.newKeySet();

	PollerRun(PollerSettings settings, DispatchResources resources, List<DeliveryTarget> targets,
			DeliveryObserver observer, ThreadStarter threads, @Nullable WakeUpSender sender) {
		this.settings = settings;
		this.threads = threads;
		this.workerCount = settings.workersFor(targets.size());
		this.ended = new CountDownLatch(this.workerCount + 1);
		this.board = new LaneBoard(resources.table(), targets, settings);
		this.scheduler = new LaneScheduler(this.workerCount, this.board.all());
		ClaimConnections connections = new ClaimConnections(resources.dataSource(), settings.networkTimeout());
		this.housekeeping = new Housekeeping(resources.table(), connections, targets, settings.consumerRetention());
		this.keys = new ExpiredKeys(resources.table(), connections);
		LaneStore lanes = new LaneStore(resources.table());
		SettlementStore settlements = this.housekeeping.settlements();
		Watermark watermark = new Watermark();
		this.delayed = new DelayedEvents(resources.table(), connections, this::moved);
		this.prober = new Prober(connections, new TableObserver(resources.table()), this.board, watermark,
				this.scheduler, this.delayed);
		CallWatch watch = new CallWatch();
		ExternalCalls calls = new ExternalCalls(new ConsumerCalls(threads.forCalls()), watch, observer);
		Suspects suspects = new Suspects();
		UnaryOperator<LaneCycle> careful = (cycle) -> new CarefulCycle(cycle, connections, lanes,
				new MarkerStore(resources.table()), settlements, observer, suspects);
		this.transactional = careful
			.apply(new TransactionalCycle(resources.transactions(), lanes, settlements, watermark, observer, watch));
		this.external = careful.apply(new ExternalCycle(connections, lanes, settlements, watermark, observer, calls,
				new ClaimKeepAlive(lanes, this.workerCount, ClaimKeepAlive.INTERVAL)));
		SessionFactory sessions = resources.sessions();
		this.sender = sender;
		this.receiver = (sender != null && sessions != null) ? new WakeUpReceiver(sessions,
				new WakeUpChannel(resources.table()), sender, settings.networkTimeout(), this::heard) : null;
	}

	void start() {
		for (int i = 1; i <= this.workerCount; i++) {
			this.threads.start("pyxbox-worker-" + i, false, () -> untilStopped(this::work));
		}
		this.threads.start("pyxbox-poller", true, () -> untilStopped(this::look));
		if (this.receiver != null) {
			this.threads.start("pyxbox-listener", false, this.receiver::run);
		}
	}

	/**
	 * Events were committed here.
	 * @return those that another instance has to deliver, or could deliver sooner
	 */
	Collection<NewEvent> wake(Collection<NewEvent> events) {
		boolean saturated = this.scheduler.isSaturated();
		boolean hindered = false;
		for (LaneState lane : this.board.lanesOf(events)) {
			hindered |= !this.scheduler.signal(lane);
		}
		return (saturated || hindered || this.scheduler.isHoldingBack()) ? events
				: events.stream().filter(this.housekeeping::isTakenElsewhere).toList();
	}

	/**
	 * Delayed events were committed here. If one of them is due before anybody looks, it
	 * is looked for at once; then it is known when it is due.
	 */
	void expect(Collection<NewEvent> events) {
		Duration untilNextLook = Duration.ofNanos(this.pausingUntil - System.nanoTime());
		boolean sooner = events.stream()
			.map(NewEvent::due)
			.filter(Objects::nonNull)
			.anyMatch((due) -> due.in().compareTo(untilNextLook) < 0);
		if (sooner) {
			this.lookNow.release();
		}
	}

	/** Delayed events have become like any others. */
	private void moved(Map<Route, Long> buckets) {
		this.board.lanesOf(new WakeUp(new UUID(0, 0), buckets)).forEach(this.scheduler::signal);
		if (this.sender != null) {
			Map<Route, Long> forOthers = new HashMap<>(buckets);
			if (!this.scheduler.isSaturated() && !this.scheduler.isHoldingBack()) {
				forOthers.keySet().removeIf((kind) -> !this.housekeeping.isTakenElsewhere(kind));
			}
			this.sender.send(forOthers);
		}
	}

	private void heard(WakeUp wakeUp) {
		if (wakeUp.isForEverything()) {
			this.lookNow.release();
		}
		this.board.lanesOf(wakeUp).forEach(this.scheduler::signal);
	}

	void wake(ConsumerId consumer, Collection<Integer> buckets) {
		this.board.lanesOf(consumer, buckets).forEach(this.scheduler::signal);
	}

	/** Returns when everything has ended, or when waiting for it is given up. */
	void stop() {
		this.stopping.countDown();
		this.lookNow.release();
		this.scheduler.close();
		if (this.receiver != null) {
			this.receiver.close();
		}
		try {
			if (this.ended.await(this.settings.shutdownTimeout().toMillis(), TimeUnit.MILLISECONDS)) {
				return;
			}
			this.workers.forEach(Thread::interrupt);
			if (!this.ended.await(INTERRUPT_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
				logger.warn("Some listeners did not end within " + this.settings.shutdownTimeout().toMillis()
						+ " ms (pyxbox.poller.shutdown-timeout) and do not react to an interrupt: "
						+ this.workers.stream().map(Thread::getName).sorted().toList()
						+ ". Their events are delivered again after a restart.");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void untilStopped(Runnable task) {
		this.workers.add(Thread.currentThread());
		try {
			task.run();
		}
		finally {
			this.workers.remove(Thread.currentThread());
			this.ended.countDown();
		}
	}

	private void work() {
		for (LaneState lane = nextLane(); lane != null; lane = nextLane()) {
			HandedOut handedOut = new HandedOut(lane);
			Map<LaneState, LaneOutcome> outcomes;
			try {
				outcomes = cycleOf(lane).run(lane, handedOut::next, this::isStopping);
			}
			catch (RuntimeException | Error ex) {
				outcomes = handedOut.allBroken(ex);
			}
			Interrupts.forgetUnless(this::isStopping);
			outcomes.forEach(this::schedule);
		}
	}

	private @Nullable LaneState nextLane() {
		while (true) {
			try {
				return this.scheduler.take();
			}
			catch (InterruptedException ex) {
				if (isStopping()) {
					return null;
				}
				// Left behind by a listener.
			}
		}
	}

	private LaneCycle cycleOf(LaneState lane) {
		return lane.target().settings().transactional() ? this.transactional : this.external;
	}

	private void schedule(LaneState lane, LaneOutcome outcome) {
		if (outcome instanceof LaneOutcome.More) {
			this.prober.worked();
			lane.unhindered();
			this.scheduler.again(lane);
		}
		else if (outcome instanceof LaneOutcome.Drained drained) {
			if (drained.handled() > 0) {
				this.prober.worked();
			}
			lane.unhindered();
			if (drained.nextAttemptIn() != null) {
				this.scheduler.againIn(lane, drained.nextAttemptIn().toMillis() + 1);
			}
			else {
				this.scheduler.idle(lane);
			}
		}
		else {
			if (outcome instanceof LaneOutcome.Broken broken && !isStopping()) {
				this.trouble.report(broken.cause());
			}
			this.scheduler.tryAgainIn(lane, Jitter.onTopOf(lane.hindered()));
		}
	}

	private void look() {
		long keptHouseAt = System.nanoTime() - HOUSEKEEPING_NANOS + FIRST_HOUSEKEEPING_NANOS;
		long pause = 0;
		while (!isStoppingAfter(pause)) {
			try {
				boolean soon = this.prober.probe();
				this.trouble.over();
				long interval = this.settings.pollInterval().toMillis();
				if (System.nanoTime() - keptHouseAt >= HOUSEKEEPING_NANOS) {
					keptHouseAt = System.nanoTime();
					keepHouse();
					this.keys.begin();
					soon = true;
				}
				pause = soon ? Math.min(BUSY_INTERVAL.toMillis(), interval) : Jitter.aLittleOnTopOf(interval);
				pause = this.delayed.move(this.prober.nextDueIn(), pause);
				pause = this.keys.removeSome(pause);
			}
			catch (Exception | Error ex) {
				if (!isStopping()) {
					this.trouble.report(ex);
				}
				pause = Jitter.onTopOf(this.settings.pollInterval().toMillis());
			}
		}
	}

	/** If it fails, events are looked for all the same. */
	private void keepHouse() {
		try {
			this.housekeeping.run();
		}
		catch (SQLException | RuntimeException ex) {
			logger.debug("Could not register the consumers; trying again in a minute", ex);
		}
	}

	private boolean isStoppingAfter(long millis) {
		this.pausingUntil = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		try {
			if (this.lookNow.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
				this.lookNow.drainPermits();
			}
		}
		catch (InterruptedException ex) {
			// Left behind by something that the thread has called.
		}
		this.pausingUntil = System.nanoTime() + NOT_PAUSING_NANOS;
		return isStopping();
	}

	private boolean isStopping() {
		return this.stopping.getCount() == 0;
	}

	/**
	 * The lanes that one worker runs together.
	 */
	private final class HandedOut {

		private final List<LaneState> lanes = new ArrayList<>();

		HandedOut(LaneState first) {
			this.lanes.add(first);
		}

		@Nullable LaneState next() {
			LaneState next = PollerRun.this.scheduler.takeAlso(this.lanes.get(0));
			if (next != null) {
				this.lanes.add(next);
			}
			return next;
		}

		Map<LaneState, LaneOutcome> allBroken(Throwable cause) {
			Map<LaneState, LaneOutcome> outcomes = new HashMap<>();
			this.lanes.forEach((lane) -> outcomes.put(lane, new LaneOutcome.Broken(cause)));
			return outcomes;
		}

	}

}
