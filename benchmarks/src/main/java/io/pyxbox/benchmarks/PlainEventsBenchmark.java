package io.pyxbox.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import io.pyxbox.EventUpcaster;
import io.pyxbox.OutboxEvent;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.benchmarks.OutboxApplication.Seen;
import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What events that use nothing of it pay for what others use. Plain events are emitted
 * and drained in turns on two databases: one where nothing else is, and one where the
 * application has versions, upcasters and codecs, and millions of delayed events and
 * deduplication keys wait. Beside it, the table as it was before there was any of this
 * ({@link RawTables}). Every run is checked: each event has taken effect once.
 * <p>
 * The server is PostgreSQL as it comes, with durability on. Arguments:
 * {@code [events] [waiting] [repetitions]}.
 */
public final class PlainEventsBenchmark {

	private static final Map<String, String> DURABLE = Map.of("fsync", "on", "synchronous_commit", "on");

	private static final int THREADS = 2;

	private static final int BATCH = 100;

	/** Of the events, so many are emitted in transactions of their own. */
	private static final double SINGLE = 0.1;

	private final List<Order> orders;

	private final int repetitions;

	/** By what was done: how many in a second, without and with all that others use. */
	private final Map<String, List<double[]>> rates = new LinkedHashMap<>();

	private PlainEventsBenchmark(int events, int repetitions) {
		this.orders = Order.backlog(events);
		this.repetitions = repetitions;
	}

	/**
	 * Runs the benchmark.
	 * @param arguments the number of events of a run (50,000 by default), of delayed
	 * events and of deduplication keys that wait (1,000,000 each) and of repetitions (7)
	 * @throws Exception if a run failed or was wrong
	 */
	public static void main(String[] arguments) throws Exception {
		int[] values = { 50_000, 1_000_000, 7 };
		for (int i = 0; i < Math.min(arguments.length, values.length); i++) {
			values[i] = Integer.parseInt(arguments[i]);
		}
		try (TestDatabase.Server server = TestDatabase.Server.start(DURABLE);
				TestDatabase unused = server.createDatabase();
				TestDatabase used = server.createDatabase();
				ConfigurableApplicationContext without = start(unused, "--pyxbox.event-packages=none.such");
				ConfigurableApplicationContext with = start(used, "--pyxbox.codec.default=gzip",
						"--pyxbox.codec.types.seen=plain", Features.class)) {
			System.out.printf(
					"%nPostgreSQL %s, Java %s, %d processors, %d threads, runs of %,d events, %,d of each that wait%n",
					server.version(), Runtime.version(), Runtime.getRuntime().availableProcessors(), THREADS, values[0],
					values[1]);
			fill(with.getBean(JdbcTemplate.class), values[1]);
			PlainEventsBenchmark benchmark = new PlainEventsBenchmark(values[0], values[2]);
			benchmark.run(without, with);
			benchmark.run(new RawTables(without.getBean(JdbcTemplate.class), values[0]));
			benchmark.print();
		}
	}

	private static ConfigurableApplicationContext start(TestDatabase database, Object... more) {
		SpringApplicationBuilder builder = new SpringApplicationBuilder(OutboxApplication.class)
			.web(WebApplicationType.NONE);
		List<String> arguments = new ArrayList<>(List.of("--spring.datasource.url=" + database.jdbcUrl(),
				"--spring.datasource.username=" + database.username(),
				"--spring.datasource.password=" + database.password(), "--pyxbox.poller.auto-startup=false",
				"--logging.level.root=warn", "--spring.main.banner-mode=off"));
		for (Object each : more) {
			if (each instanceof Class<?> source) {
				builder.sources(source);
			}
			else {
				arguments.add((String) each);
			}
		}
		return builder.run(arguments.toArray(String[]::new));
	}

	/** The delayed ones are of an old version, and compressed. */
	private static void fill(JdbcTemplate jdbc, int waiting) {
		jdbc.update("""
				INSERT INTO events_delayed (due_at, event_id, bucket, type, partition_key, payload, codec, encoded)
				SELECT clock_timestamp() + i * interval '1 second' + interval '1 day', gen_random_uuid(), i % 64,
				  'reminder', i::text, 'null', 'gzip', decode(repeat('1f8b0800', 50), 'hex')
				FROM generate_series(1, ?) i
				""", waiting);
		jdbc.update("""
				INSERT INTO events_deduplication (after_id, expires_at, key_id, event_id, bucket, key)
				SELECT 0, clock_timestamp() + i * interval '1 second' + interval '1 day', gen_random_uuid(),
				  gen_random_uuid(), i % 64, 'reminder/' || i
				FROM generate_series(1, ?) i
				""", waiting);
		jdbc.execute("VACUUM ANALYZE events_delayed, events_deduplication");
		jdbc.execute("CHECKPOINT");
	}

	private void run(ConfigurableApplicationContext without, ConfigurableApplicationContext with) throws Exception {
		List<ConfigurableApplicationContext> both = List.of(without, with);
		for (int repetition = -1; repetition < this.repetitions; repetition++) {
			Map<String, double[]> measured = new LinkedHashMap<>();
			for (int turn = 0; turn < 2; turn++) {
				// Whoever comes first, comes second the next time.
				int index = (turn + repetition + 1) % 2;
				measure(both.get(index)).forEach((what,
						rate) -> measured.computeIfAbsent(what, (absent) -> new double[2])[index] = rate);
			}
			if (repetition >= 0) {
				measured.forEach(this::add);
			}
		}
	}

	private Map<String, Double> measure(ConfigurableApplicationContext context) throws Exception {
		Pyxbox pyxbox = new Pyxbox("pyxbox", context, Seen::new, false);
		Map<String, Double> measured = new LinkedHashMap<>();
		pyxbox.reset();
		Sql.execute(context.getBean(DataSource.class), "CHECKPOINT");
		List<Order> some = this.orders.subList(0, (int) (this.orders.size() * SINGLE));
		measured.put("emit, 1 in a transaction", emit(context, some, 1));
		pyxbox.reset();
		measured.put("emit, %d in a transaction".formatted(BATCH), emit(context, this.orders, BATCH));
		long startedAt = System.nanoTime();
		pyxbox.drain(this.orders.size());
		measured.put("drain", this.orders.size() / ((System.nanoTime() - startedAt) / 1e9));
		if (!pyxbox.effects().equals(new Contender.Effects(this.orders.size(), this.orders.size()))) {
			throw new IllegalStateException(pyxbox.effects() + " instead of " + this.orders.size() + " events");
		}
		return measured;
	}

	private static double emit(ConfigurableApplicationContext context, List<Order> orders, int inTransaction)
			throws Exception {
		TransactionalOutbox outbox = context.getBean(TransactionalOutbox.class);
		TransactionTemplate transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
		AtomicInteger next = new AtomicInteger();
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			long startedAt = System.nanoTime();
			List<Future<?>> running = new ArrayList<>();
			for (int thread = 0; thread < THREADS; thread++) {
				running.add(threads.submit(() -> {
					for (int from = next.getAndAdd(inTransaction); from < orders.size(); from = next
						.getAndAdd(inTransaction)) {
						List<Seen> events = orders.subList(from, Math.min(from + inTransaction, orders.size()))
							.stream()
							.map(Seen::new)
							.toList();
						transaction.executeWithoutResult((status) -> outbox.emitAll(events));
					}
				}));
			}
			for (Future<?> each : running) {
				each.get();
			}
			return orders.size() / ((System.nanoTime() - startedAt) / 1e9);
		}
		finally {
			threads.shutdown();
		}
	}

	private void run(RawTables tables) {
		tables.measure();
		for (int repetition = 0; repetition < this.repetitions; repetition++) {
			tables.measure().forEach(this::add);
		}
	}

	private void add(String what, double[] measured) {
		this.rates.computeIfAbsent(what, (absent) -> new ArrayList<>()).add(measured);
	}

	private void print() {
		System.out.printf("%n| plain events | without, events/s | with, events/s | with / without | from | to |%n"
				+ "|---|---:|---:|---:|---:|---:|%n");
		this.rates.forEach((what, measured) -> {
			double[] ratios = sorted(measured.stream().mapToDouble((pair) -> pair[1] / pair[0]).toArray());
			System.out.printf("| %s | %,.0f | %,.0f | %.3f | %.3f | %.3f |%n", what,
					median(sorted(measured.stream().mapToDouble((pair) -> pair[0]).toArray())),
					median(sorted(measured.stream().mapToDouble((pair) -> pair[1]).toArray())), median(ratios),
					ratios[0], ratios[ratios.length - 1]);
		});
	}

	private static double[] sorted(double[] values) {
		Arrays.sort(values);
		return values;
	}

	private static double median(double[] values) {
		return values[values.length / 2];
	}

	/** What an application has that uses all of it. */
	static class Features {

		@Bean
		EventUpcaster remindersWithText() {
			return EventUpcaster.of("reminder", 1, (reminder) -> reminder.put("text", "Please pay"));
		}

	}

	/** For what waits. */
	@OutboxEvent(type = "reminder", version = 2, aliases = "notice", partitionKey = "order")
	record Reminder(int order, String text) {
	}

}
