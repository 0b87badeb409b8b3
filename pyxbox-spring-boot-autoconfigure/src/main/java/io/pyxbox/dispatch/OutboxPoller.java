package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.NewEvent;
import io.pyxbox.store.WakeUpChannel;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.context.SmartLifecycle;

/**
 * Starts and stops the delivery of events with the application's context. Can be started
 * and stopped any number of times; nothing is remembered in between, and no thread or
 * connection is held while stopped.
 * <p>
 * It starts among the last and stops among the first, before web server, executors and
 * broker clients, so that listeners find everything they need.
 * <p>
 * On {@link #stop()} nothing new is claimed; what is in flight ends or is rolled back
 * within {@code pyxbox.poller.shutdown-timeout}. Thread-safe.
 */
public final class OutboxPoller implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(OutboxPoller.class);

	/** As for Spring Kafka's listener containers. */
	private static final int PHASE = DEFAULT_PHASE - 100;

	private final PollerSettings settings;

	private final DispatchResources resources;

	private final Supplier<List<DeliveryTarget>> targets;

	private final DeliveryObserver observer;

	private final ThreadStarter threads;

	private final @Nullable WakeUpSender sender;

	private volatile @Nullable PollerRun run;

	private volatile boolean running;

	/**
	 * Creates a poller.
	 * @param settings how to work
	 * @param resources what to work on
	 * @param targets the consumers, asked for at each start
	 * @param observer is told what became of deliveries
	 * @param threads starts the threads
	 */
	public OutboxPoller(PollerSettings settings, DispatchResources resources, Supplier<List<DeliveryTarget>> targets,
			DeliveryObserver observer, ThreadStarter threads) {
		this.settings = settings;
		this.resources = resources;
		this.targets = targets;
		this.observer = observer;
		this.threads = threads;
		this.sender = settings.notifications()
				? new WakeUpSender(new ClaimConnections(resources.dataSource(), settings.networkTimeout()),
						new WakeUpChannel(resources.table()))
				: null;
	}

	/**
	 * Tells the poller that events were committed in this process, so that it does not
	 * wait for its next look at the table. Those that others have to deliver, or could
	 * deliver sooner, are passed on to them.
	 * @param events the events
	 */
	public void wake(Collection<NewEvent> events) {
		PollerRun current = this.run;
		Collection<NewEvent> forOthers = (current != null) ? current.wake(events) : events;
		if (this.sender != null) {
			this.sender.send(forOthers);
		}
	}

	/**
	 * Registers the consumers of this application, so that instances that do not know
	 * them keep their events. To be called before anything is emitted. If the database
	 * cannot be reached, the poller does it later.
	 */
	public void registerConsumers() {
		List<DeliveryTarget> consumers = this.targets.get();
		if (!consumers.isEmpty()) {
			try {
				new Housekeeping(this.resources.table(),
						new ClaimConnections(this.resources.dataSource(), this.settings.networkTimeout()), consumers,
						this.settings.consumerRetention())
					.register();
			}
			catch (SQLException | RuntimeException ex) {
				logger.warn("The consumers of this application cannot be registered yet: " + ex.getMessage());
			}
		}
	}

	/**
	 * Tells the poller that a consumer has something to go on with.
	 * @param consumer the consumer, whether it is one of this poller's or not
	 * @param buckets in which buckets
	 */
	public void wake(ConsumerId consumer, Collection<Integer> buckets) {
		PollerRun current = this.run;
		if (current != null) {
			current.wake(consumer, buckets);
		}
	}

	@Override
	public synchronized void start() {
		if (this.running) {
			return;
		}
		List<DeliveryTarget> consumers = this.targets.get();
		if (!consumers.isEmpty()) {
			PollerRun started = new PollerRun(this.settings, this.resources, consumers, this.observer, this.threads,
					this.sender);
			started.start();
			this.run = started;
			warnOfShortage(consumers.size());
			logger.info("Delivering events of " + this.resources.table() + " to "
					+ consumers.stream().map((target) -> target.consumer().toString()).sorted().toList());
		}
		this.running = true;
	}

	private void warnOfShortage(int consumers) {
		int workers = this.settings.workersFor(consumers);
		if (consumers > workers) {
			logger.warn(consumers + " consumers share " + workers
					+ " workers: while that many of them are slow, the others wait. "
					+ "Set 'pyxbox.poller.concurrency' to " + consumers
					+ ", and see to it that the connection pool is larger than that.");
		}
	}

	@Override
	public synchronized void stop() {
		PollerRun current = this.run;
		this.run = null;
		this.running = false;
		if (current != null) {
			current.stop();
		}
	}

	@Override
	public void stop(Runnable callback) {
		// Not in the caller's thread: other beans of the phase stop at the same time.
		this.threads.start("pyxbox-stop", false, () -> {
			try {
				stop();
			}
			finally {
				callback.run();
			}
		});
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isAutoStartup() {
		return this.settings.autoStartup();
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

}
