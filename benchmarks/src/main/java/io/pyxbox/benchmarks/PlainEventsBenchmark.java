package io.pyxbox.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What events that use nothing of it pay for what others use. Plain events are emitted
 * and drained in turns on two databases: one where nothing else is, and one where the
 * application has versions, upcasters and codecs, and a million delayed events and a
 * million deduplication keys wait. Beside it, the table as it was before there was any of
 * this ({@link RawTables}). Every run is checked: each event has taken effect once.
 * <p>
 * The server is PostgreSQL as it comes, with durability on. Arguments:
 * {@code [events] [waiting] [repetitions]}.
 */
public final class PlainEventsBenchmark {

	private static final Map<String, String> DURABLE = Map.of("fsync", "on", "synchronous_commit", "on");

	private static final int BATCH = 100;

	/** Commits take their time: of ten events, one gets a transaction of its own. */
	private static final int ONE_OF = 10;

	private final int events;

	private final int repetitions;

	/** By what was done: how many in a second, without and with what others use. */
	private final Map<String, List<double[]>> rates = new LinkedHashMap<>();

	private PlainEventsBenchmark(int events, int repetitions) {
		this.events = events;
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
				PlainEventsApplication without = PlainEventsApplication.start(unused);
				PlainEventsApplication with = PlainEventsApplication.startWithAll(used)) {
			System.out.printf(
					"%nPostgreSQL %s, Java %s, %d processors, runs of %,d events, %,d delayed events and keys, %d times%n",
					server.version(), Runtime.version(), Runtime.getRuntime().availableProcessors(), values[0],
					values[1], values[2]);
			fill(with.jdbc(), values[1]);
			PlainEventsBenchmark benchmark = new PlainEventsBenchmark(values[0], values[2]);
			benchmark.run(without, with);
			benchmark.run(new RawTables(without.jdbc(), values[0]));
			benchmark.print();
		}
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

	private void run(PlainEventsApplication without, PlainEventsApplication with) throws Exception {
		List<PlainEventsApplication> both = List.of(without, with);
		for (int repetition = -1; repetition < this.repetitions; repetition++) {
			Map<String, double[]> measured = new LinkedHashMap<>();
			for (int turn = 0; turn < 2; turn++) {
				// Whoever comes first, comes second the next time.
				int index = (turn + repetition + 1) % 2;
				measure(both.get(index))
					.forEach((what, rate) -> measured.computeIfAbsent(what, (absent) -> new double[2])[index] = rate);
			}
			// The first time warms up.
			if (repetition >= 0) {
				measured.forEach(this::add);
			}
		}
	}

	private Map<String, Double> measure(PlainEventsApplication application) throws Exception {
		Map<String, Double> measured = new LinkedHashMap<>();
		application.reset();
		measured.put("emit, 1 in a transaction", application.emit(this.events / ONE_OF, 1));
		application.reset();
		measured.put("emit, %d in a transaction".formatted(BATCH), application.emit(this.events, BATCH));
		measured.put("drain", application.drain(this.events));
		return measured;
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
		System.out.printf(
				"%n| plain events | without, events/s | with, events/s | with / without | half of the pairs from | to |%n"
						+ "|---|---:|---:|---:|---:|---:|%n");
		this.rates.forEach((what, measured) -> {
			double[] ratios = sorted(measured, (pair) -> pair[1] / pair[0]);
			double without = median(sorted(measured, (pair) -> pair[0]));
			double with = median(sorted(measured, (pair) -> pair[1]));
			System.out.printf("| %s | %,.0f | %,.0f | %.2f | %.2f | %.2f |%n", what, without, with, with / without,
					ratios[ratios.length / 4], ratios[3 * ratios.length / 4]);
		});
	}

	private static double[] sorted(List<double[]> measured, ToDoubleFunction<double[]> value) {
		double[] values = measured.stream().mapToDouble(value).toArray();
		Arrays.sort(values);
		return values;
	}

	private static double median(double[] sorted) {
		return sorted[sorted.length / 2];
	}

}
