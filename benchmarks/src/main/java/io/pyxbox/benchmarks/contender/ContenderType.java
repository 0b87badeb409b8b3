package io.pyxbox.benchmarks.contender;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.gruelbox.transactionoutbox.TransactionOutbox;
import io.namastack.outbox.Outbox;
import io.pyxbox.benchmarks.event.Handler;
import org.postgresql.Driver;

import org.springframework.modulith.events.IncompleteEventPublications;

/**
 * All contenders: how to start one, and what must be known about it from outside.
 */
public enum ContenderType {

	/** JDBC by hand. */
	HAND("hand",
			"JDBC by hand, the practical limit: two threads, a thousand events by one DELETE ... RETURNING and "
					+ "one commit; no order, no retries, no metadata; looks again after 5 ms",
			"hand_events", "hand_events", Driver.class, HandWritten::new),

	/** The Python original. */
	SEED("seed",
			"the algorithm of the Python original: one event per transaction, the oldest by created_at, 10 ms of sleep",
			"seed_events", "seed_events", Driver.class, Seed::new),

	/** pyxbox as it comes. */
	PYXBOX("pyxbox", "default settings", Pyxbox.PENDING, Pyxbox.TABLES, Pyxbox.class, Pyxbox::isolated),

	/** pyxbox with effects in the database only. */
	PYXBOX_CHUNK("pyxbox-chunk", "default settings, listener with isolation = CHUNK", Pyxbox.PENDING, Pyxbox.TABLES,
			Pyxbox.class, Pyxbox::inChunks),

	/** pyxbox with a listener that takes a list. */
	PYXBOX_LIST("pyxbox-list", "default settings, listener that takes a List", Pyxbox.PENDING, Pyxbox.TABLES,
			Pyxbox.class, Pyxbox::asList),

	/** pyxbox with many consumers. */
	PYXBOX_HUNDRED("pyxbox-100", "default settings, a hundred consumers", Pyxbox.PENDING, Pyxbox.TABLES, Pyxbox.class,
			Pyxbox::withHundredConsumers),

	/** namastack-outbox as it comes. */
	NAMASTACK_DEFAULT("namastack-default", "default settings", Namastack.PENDING, Namastack.TABLES, Outbox.class,
			Namastack::withDefaults),

	/** namastack-outbox, tuned. */
	NAMASTACK_TUNED("namastack-tuned",
			"polls every 10 ms, 1,000 keys at a time, 16 threads, pool of 22, deletes what is completed, heartbeat and rebalancing every second",
			Namastack.PENDING, Namastack.TABLES, Outbox.class, Namastack::tuned),

	/** db-scheduler as it comes. */
	DB_SCHEDULER_DEFAULT("db-scheduler-default", "default settings, a one-time task per event", DbScheduler.TABLE,
			DbScheduler.TABLE, Scheduler.class, DbScheduler::withDefaults),

	/** db-scheduler, tuned. */
	DB_SCHEDULER_TUNED("db-scheduler-tuned",
			"the same with lock-and-fetch 4.0/20.0, 20 threads, polls every 10 ms, pool of 26, JSON instead of Java serialization",
			DbScheduler.TABLE, DbScheduler.TABLE, Scheduler.class, DbScheduler::tuned),

	/** Spring Modulith, tuned. */
	MODULITH_TUNED("modulith-tuned",
			"completion mode delete, 16 threads, pool of 22; backlogs by resubmitIncompletePublications",
			"event_publication WHERE completion_date IS NULL", "event_publication", IncompleteEventPublications.class,
			Modulith::tuned),

	/** gruelbox, tuned. */
	GRUELBOX_TUNED("gruelbox-tuned",
			"without Spring, 16 threads, blocking queue of 10,000, pool of 22, a flush of 2,000 per second",
			"txno_outbox WHERE NOT processed", "txno_outbox", TransactionOutbox.class, Gruelbox::tuned);

	private final String title;

	private final String settings;

	private final String pending;

	private final String tables;

	private final Class<?> library;

	private final Factory factory;

	ContenderType(String title, String settings, String pending, String tables, Class<?> library, Factory factory) {
		this.title = title;
		this.settings = settings;
		this.pending = pending;
		this.tables = tables;
		this.library = library;
		this.factory = factory;
	}

	/**
	 * Returns the name, as in options and reports.
	 * @return a name in lower case
	 */
	public String title() {
		return this.title;
	}

	/**
	 * Returns how the contender is set up.
	 * @return half a sentence
	 */
	public String settings() {
		return this.settings;
	}

	/**
	 * Returns what comes after {@code FROM} in a query for events that are not done.
	 * @return a table, with a condition where it needs one
	 */
	public String pending() {
		return this.pending;
	}

	/**
	 * Returns the tables to empty before a run.
	 * @return names with commas
	 */
	public String tables() {
		return this.tables;
	}

	/**
	 * Returns the version of the library.
	 * @return a version; "this build" for what is built here
	 */
	public String version() {
		String jar = String.valueOf(this.library.getProtectionDomain().getCodeSource().getLocation());
		return jar.endsWith(".jar") ? jar.replaceAll(".*/([^/]*)\\.jar", "$1") : "this build";
	}

	/**
	 * Returns whether the contender is one of the libraries that pyxbox is compared with,
	 * set up as its guide recommends for speed.
	 * @return whether it is
	 */
	public boolean isTunedPeer() {
		return this.title.endsWith("-tuned");
	}

	/**
	 * Returns whether the contender is made for the largest backlogs. The others are
	 * measured on smaller ones, and within a time limit.
	 * @return whether it is
	 */
	public boolean isFast() {
		return this == HAND || this.tables.equals(Pyxbox.TABLES);
	}

	/**
	 * Starts the contender.
	 * @param target the database
	 * @param handler the handler
	 * @return the contender, which does not consume yet
	 */
	public Contender start(Target target, Handler handler) {
		return this.factory.start(target, handler);
	}

	@Override
	public String toString() {
		return this.title;
	}

	/** How to start a contender. */
	private interface Factory {

		Contender start(Target target, Handler handler);

	}

}
