package io.pyxbox.benchmarks;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxEvent;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.autoconfigure.PyxboxAutoConfiguration;
import io.pyxbox.autoconfigure.PyxboxInboxAutoConfiguration;
import io.pyxbox.autoconfigure.PyxboxSchemaAutoConfiguration;
import io.pyxbox.dispatch.OutboxPoller;
import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * An application that emits plain events and drains them, as it comes.
 */
final class PlainEventsApplication implements AutoCloseable {

	private static final int THREADS = 2;

	private static final Duration TIME_LIMIT = Duration.ofMinutes(2);

	private final ConfigurableApplicationContext context;

	private PlainEventsApplication(ConfigurableApplicationContext context) {
		this.context = context;
	}

	/** Has nothing but plain events. */
	static PlainEventsApplication start(TestDatabase database) {
		return start(database, List.of(Application.class), "--pyxbox.event-packages=none.such");
	}

	/** Has versions, upcasters and codecs for whatever else there is. */
	static PlainEventsApplication startWithAll(TestDatabase database) {
		return start(database, List.of(Application.class, Rest.class), "--pyxbox.event-packages=io.pyxbox.benchmarks",
				"--pyxbox.codec.default=gzip", "--pyxbox.codec.types.plain=plain");
	}

	private static PlainEventsApplication start(TestDatabase database, List<Class<?>> sources, String... settings) {
		List<String> arguments = new ArrayList<>(List.of(settings));
		arguments.addAll(List.of("--spring.datasource.url=" + database.jdbcUrl(),
				"--spring.datasource.username=" + database.username(),
				"--spring.datasource.password=" + database.password(), "--pyxbox.poller.auto-startup=false",
				"--logging.level.root=warn", "--spring.main.banner-mode=off"));
		return new PlainEventsApplication(
				new SpringApplicationBuilder(sources.toArray(Class<?>[]::new)).web(WebApplicationType.NONE)
					.run(arguments.toArray(String[]::new)));
	}

	JdbcTemplate jdbc() {
		return this.context.getBean(JdbcTemplate.class);
	}

	void reset() {
		this.context.getBean(Listener.class).reset();
		jdbc().execute("TRUNCATE events, events_retry, events_dead_letter");
		jdbc().execute("CHECKPOINT");
	}

	/** Emits by two threads, and returns how many in a second. */
	double emit(int events, int inTransaction) throws Exception {
		TransactionalOutbox outbox = this.context.getBean(TransactionalOutbox.class);
		TransactionTemplate transaction = new TransactionTemplate(
				this.context.getBean(PlatformTransactionManager.class));
		AtomicInteger next = new AtomicInteger();
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			long startedAt = System.nanoTime();
			List<Future<?>> running = new ArrayList<>();
			for (int thread = 0; thread < THREADS; thread++) {
				running.add(threads.submit(() -> {
					for (int from = next.getAndAdd(inTransaction); from < events; from = next
						.getAndAdd(inTransaction)) {
						List<Plain> some = Plain.range(from, Math.min(from + inTransaction, events));
						transaction.executeWithoutResult((status) -> outbox.emitAll(some));
					}
				}));
			}
			for (Future<?> each : running) {
				each.get();
			}
			return events / ((System.nanoTime() - startedAt) / 1e9);
		}
		finally {
			threads.shutdown();
		}
	}

	/** Drains what is there, and returns how many in a second. */
	double drain(int events) throws InterruptedException {
		Listener listener = this.context.getBean(Listener.class);
		OutboxPoller poller = this.context.getBean(OutboxPoller.class);
		long startedAt = System.nanoTime();
		poller.start();
		// Looking at the table all the time would be work for the server, too.
		while (listener.handled.get() < events || waiting() > 0) {
			if (System.nanoTime() - startedAt > TIME_LIMIT.toNanos()) {
				throw new IllegalStateException("Not drained after " + TIME_LIMIT);
			}
			Thread.sleep(1);
		}
		double seconds = (System.nanoTime() - startedAt) / 1e9;
		poller.stop();
		listener.requireEachOnce(events);
		return events / seconds;
	}

	private int waiting() {
		Integer waiting = jdbc().queryForObject("SELECT count(*) FROM events", Integer.class);
		return (waiting != null) ? waiting : 0;
	}

	@Override
	public void close() {
		this.context.close();
	}

	/**
	 * Whatever else is on the class path takes no part; and nobody finds this who looks
	 * for components.
	 */
	@ImportAutoConfiguration({ DataSourceAutoConfiguration.class, DataSourceTransactionManagerAutoConfiguration.class,
			TransactionAutoConfiguration.class, JdbcTemplateAutoConfiguration.class, JacksonAutoConfiguration.class,
			PyxboxSchemaAutoConfiguration.class, PyxboxAutoConfiguration.class, PyxboxInboxAutoConfiguration.class })
	static class Application {

		@Bean
		Listener listener() {
			return new Listener();
		}

	}

	/** Records what it was called with. */
	static class Listener {

		private final AtomicInteger handled = new AtomicInteger();

		private final BitSet seen = new BitSet();

		@OutboxListener
		void on(Plain event) {
			synchronized (this.seen) {
				this.seen.set(event.number());
			}
			this.handled.incrementAndGet();
		}

		void reset() {
			this.handled.set(0);
			this.seen.clear();
		}

		void requireEachOnce(int events) {
			if (this.handled.get() != events || this.seen.cardinality() != events) {
				throw new IllegalStateException(
						this.seen.cardinality() + " events " + this.handled + " times, and not each of " + events);
			}
		}

	}

	/** For events that are not plain. */
	static class Rest {

		@Bean
		EventUpcaster remindersWithText() {
			return EventUpcaster.of("reminder", 1, (reminder) -> reminder.put("text", "Please pay"));
		}

	}

	/** An event that uses nothing of it. */
	@OutboxEvent(type = "plain", partitionKey = "customer")
	record Plain(int number, String customer, String street, String city, BigDecimal total) {

		static List<Plain> range(int from, int to) {
			return IntStream.range(from, to)
				.mapToObj((number) -> new Plain(number, "customer-" + number % 1_000, "Long Street " + number % 97,
						"Springfield", BigDecimal.valueOf(number % 10_000, 2)))
				.toList();
		}

	}

	/** What waits. */
	@OutboxEvent(type = "reminder", version = 2, aliases = "notice", partitionKey = "order")
	record Reminder(int order, String text) {
	}

}
