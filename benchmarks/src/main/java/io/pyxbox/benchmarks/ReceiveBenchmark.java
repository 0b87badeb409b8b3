package io.pyxbox.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import io.pyxbox.ConsumerId;
import io.pyxbox.MessageId;
import io.pyxbox.MessageIdentity;
import io.pyxbox.MessagePosition;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What it costs to receive messages once, with nothing to remember and with millions of
 * ids, beside the same work without an inbox. Every run is checked: each message has
 * taken effect once, and those that came again have not.
 * <p>
 * The server is PostgreSQL as it comes, with durability on. Arguments:
 * {@code [messages] [remembered] [repetitions]}.
 */
public final class ReceiveBenchmark {

	private static final Map<String, String> DURABLE = Map.of("fsync", "on", "synchronous_commit", "on");

	private static final ConsumerId CONSUMER = new ConsumerId("benchmark");

	private static final int THREADS = 2;

	private static final int BATCH = 100;

	private final int messages;

	private final int remembered;

	private final int repetitions;

	private final JdbcTemplate jdbc;

	private final TransactionalInbox inbox;

	private final TransactionTemplate transaction;

	private final AtomicLong offsets = new AtomicLong();

	private final NoArgGenerator ordered = Generators.timeBasedEpochGenerator();

	private ReceiveBenchmark(ConfigurableApplicationContext context, int[] arguments) {
		this.jdbc = context.getBean(JdbcTemplate.class);
		this.inbox = context.getBean(TransactionalInbox.class);
		this.transaction = new TransactionTemplate(context.getBean(PlatformTransactionManager.class));
		this.messages = arguments[0];
		this.remembered = arguments[1];
		this.repetitions = arguments[2];
	}

	/**
	 * Runs the benchmark.
	 * @param arguments the number of messages of a run (20,000 by default), of ids to
	 * remember (10,000,000) and of repetitions (3)
	 * @throws Exception if a run failed or was wrong
	 */
	public static void main(String[] arguments) throws Exception {
		int[] values = { 20_000, 10_000_000, 3 };
		for (int i = 0; i < Math.min(arguments.length, values.length); i++) {
			values[i] = Integer.parseInt(arguments[i]);
		}
		try (TestDatabase.Server server = TestDatabase.Server.start(DURABLE);
				TestDatabase database = server.createDatabase();
				ConfigurableApplicationContext context = start(database)) {
			System.out.printf(
					"%nPostgreSQL %s, Java %s, %d processors, %d threads, runs of %,d messages, medians of %d%n",
					server.version(), Runtime.version(), Runtime.getRuntime().availableProcessors(), THREADS, values[0],
					values[2]);
			new ReceiveBenchmark(context, values).run();
		}
	}

	private static ConfigurableApplicationContext start(TestDatabase database) {
		return new SpringApplicationBuilder(OutboxApplication.class).web(WebApplicationType.NONE)
			.run("--spring.datasource.url=" + database.jdbcUrl(), "--spring.datasource.username=" + database.username(),
					"--spring.datasource.password=" + database.password(), "--pyxbox.poller.auto-startup=false",
					"--logging.level.root=warn", "--spring.main.banner-mode=off");
	}

	private void run() throws Exception {
		this.jdbc.execute("CREATE TABLE effects (number bigint NOT NULL)");
		measure("(warming up)");
		System.out.printf("%n| ids remembered | no inbox | by id, random | by id, ordered | by id, again | by offset "
				+ "| no inbox, batches of %1$d | by id, batches | by offset, batches |%n"
				+ "|---:|---:|---:|---:|---:|---:|---:|---:|---:|%n", BATCH);
		System.out.println(measure("0"));
		this.jdbc.update("""
				INSERT INTO events_inbox (consumer, message_id, received_at)
				SELECT 'benchmark', gen_random_uuid(), clock_timestamp() FROM generate_series(1, ?)
				""", this.remembered);
		this.jdbc.execute("VACUUM ANALYZE events_inbox");
		this.jdbc.execute("CHECKPOINT");
		System.out.println(measure("%,d".formatted(this.remembered)));
		System.out.printf("%nTable and indexes of the ids: %s%n", this.jdbc
			.queryForObject("SELECT pg_size_pretty(pg_total_relation_size('events_inbox'))", String.class));
	}

	/** A row of the table: messages per second. */
	private String measure(String title) throws Exception {
		List<String> cells = new ArrayList<>(List.of(title));
		Function<Integer, MessageIdentity> random = (number) -> MessageId.of(UUID.randomUUID());
		Function<Integer, MessageIdentity> ordered = (number) -> MessageId.of(this.ordered.generate());
		Function<Integer, MessageIdentity> again = (number) -> MessageId.of("again-" + number % this.messages);
		Function<Integer, MessageIdentity> offset = (number) -> new MessagePosition("topic",
				(int) (Thread.currentThread().getId() % 1000), this.offsets.getAndIncrement());
		cells.add(median(1, (number) -> this.transaction.executeWithoutResult((status) -> effect(number)), true));
		for (Function<Integer, MessageIdentity> identity : List.of(random, ordered)) {
			cells.add(median(1, (number) -> this.inbox.receive(CONSUMER, identity.apply(number), () -> effect(number)),
					true));
		}
		measure(1, (number) -> this.inbox.receive(CONSUMER, again.apply(number), () -> effect(number)));
		cells
			.add(median(1, (number) -> this.inbox.receive(CONSUMER, again.apply(number), () -> effect(number)), false));
		cells
			.add(median(1, (number) -> this.inbox.receive(CONSUMER, offset.apply(number), () -> effect(number)), true));
		cells.add(median(BATCH, (first) -> this.transaction.executeWithoutResult((status) -> effects(batch(first))),
				true));
		for (Function<Integer, MessageIdentity> identity : List.of(random, offset)) {
			cells.add(median(BATCH,
					(first) -> this.inbox.receiveAll(CONSUMER, batch(first), identity, ReceiveBenchmark.this::effects),
					true));
		}
		return "| " + String.join(" | ", cells) + " |";
	}

	private static List<Integer> batch(int first) {
		List<Integer> batch = new ArrayList<>(BATCH);
		for (int i = 0; i < BATCH; i++) {
			batch.add(first + i);
		}
		return batch;
	}

	private void effect(int number) {
		this.jdbc.update("INSERT INTO effects (number) VALUES (?)", number);
	}

	private void effects(List<Integer> numbers) {
		this.jdbc.batchUpdate("INSERT INTO effects (number) VALUES (?)",
				numbers.stream().map((number) -> new Object[] { number }).toList());
	}

	private String median(int step, Work work, boolean takesEffect) throws Exception {
		double[] rates = new double[this.repetitions];
		for (int i = 0; i < rates.length; i++) {
			this.jdbc.execute("TRUNCATE effects");
			rates[i] = measure(step, work);
			Long effects = this.jdbc.queryForObject("SELECT count(*) FROM effects", Long.class);
			if (effects == null || effects != (takesEffect ? this.messages : 0)) {
				throw new IllegalStateException(effects + " effects");
			}
		}
		Arrays.sort(rates);
		return "%,.0f".formatted(rates[rates.length / 2]);
	}

	private double measure(int step, Work work) throws Exception {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			long startedAt = System.nanoTime();
			List<Future<?>> running = new ArrayList<>();
			int share = this.messages / THREADS;
			for (int thread = 0; thread < THREADS; thread++) {
				int from = thread * share;
				running.add(threads.submit(() -> {
					for (int number = from; number < from + share; number += step) {
						work.run(number);
					}
					return null;
				}));
			}
			for (Future<?> each : running) {
				each.get();
			}
			return this.messages / ((System.nanoTime() - startedAt) / 1e9);
		}
		finally {
			threads.shutdown();
		}
	}

	/**
	 * What is done with a message, or with as many as are in a batch.
	 */
	@FunctionalInterface
	private interface Work {

		void run(int number);

	}

}
