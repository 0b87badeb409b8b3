package io.pyxbox.benchmarks;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.pyxbox.benchmarks.OutboxApplication.InsertedAsList;
import io.pyxbox.benchmarks.OutboxApplication.InsertedInChunks;
import io.pyxbox.benchmarks.OutboxApplication.InsertedIsolated;
import io.pyxbox.benchmarks.OutboxApplication.Seen;
import io.pyxbox.testdatabase.TestDatabase;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Drains backlogs, contender by contender in turns, and prints the medians as Markdown.
 * Every run is checked: each event has taken effect once.
 * <p>
 * The server is PostgreSQL as it comes, with durability on. Arguments:
 * {@code [events] [repetitions]}.
 */
public final class Benchmarks {

	private static final Map<String, String> DURABLE = Map.of("fsync", "on", "synchronous_commit", "on");

	private final int events;

	private final int repetitions;

	private Benchmarks(int events, int repetitions) {
		this.events = events;
		this.repetitions = repetitions;
	}

	/**
	 * Runs all benchmarks.
	 * @param arguments the number of events in a backlog (100,000 by default), and of
	 * repetitions (5 by default)
	 * @throws Exception if a run failed or was wrong
	 */
	public static void main(String[] arguments) throws Exception {
		int events = (arguments.length > 0) ? Integer.parseInt(arguments[0]) : 100_000;
		int repetitions = (arguments.length > 1) ? Integer.parseInt(arguments[1]) : 5;
		new Benchmarks(events, repetitions).run();
	}

	private void run() throws Exception {
		try (TestDatabase.Server server = TestDatabase.Server.start(DURABLE);
				TestDatabase database = server.createDatabase();
				ConfigurableApplicationContext context = start(database)) {
			DataSource dataSource = context.getBean(DataSource.class);
			JsonMapper mapper = context.getBean(JsonMapper.class);
			System.out.printf("%nPostgreSQL %s, Java %s, %d processors, backlogs of %,d events, medians of %d%n",
					server.version(), Runtime.version(), Runtime.getRuntime().availableProcessors(), this.events,
					this.repetitions);
			compare("Drain, listener that does nothing", List.of(new HandWritten(dataSource, mapper, false),
					new Pyxbox("pyxbox", context, Seen::new, false)));
			compare("Drain, listener that inserts a row",
					List.of(new HandWritten(dataSource, mapper, true),
							new Pyxbox("pyxbox", context, InsertedIsolated::new, true),
							new Pyxbox("pyxbox, isolation = CHUNK", context, InsertedInChunks::new, true),
							new Pyxbox("pyxbox, List listener", context, InsertedAsList::new, true)));
		}
	}

	private static ConfigurableApplicationContext start(TestDatabase database) {
		return new SpringApplicationBuilder(OutboxApplication.class).web(WebApplicationType.NONE)
			.run("--spring.datasource.url=" + database.jdbcUrl(), "--spring.datasource.username=" + database.username(),
					"--spring.datasource.password=" + database.password(), "--pyxbox.poller.auto-startup=false",
					"--logging.level.root=warn", "--spring.main.banner-mode=off");
	}

	private void compare(String title, List<Contender> contenders) throws InterruptedException {
		List<Order> backlog = Order.backlog(this.events);
		Map<Contender, double[]> rates = new LinkedHashMap<>();
		for (Contender contender : contenders) {
			rates.put(contender, new double[this.repetitions]);
			// Warms up.
			measure(contender, backlog);
		}
		for (int i = 0; i < this.repetitions; i++) {
			for (Map.Entry<Contender, double[]> contender : rates.entrySet()) {
				contender.getValue()[i] = measure(contender.getKey(), backlog);
			}
		}
		print(title, rates);
	}

	private double measure(Contender contender, List<Order> backlog) throws InterruptedException {
		contender.reset();
		contender.fill(backlog);
		long startedAt = System.nanoTime();
		contender.drain(backlog.size());
		double seconds = (System.nanoTime() - startedAt) / 1e9;
		Contender.Effects effects = contender.effects();
		if (effects.distinct() != backlog.size() || effects.total() != backlog.size()) {
			throw new IllegalStateException(
					contender.name() + " was wrong: " + effects + " instead of " + backlog.size() + " events");
		}
		return backlog.size() / seconds;
	}

	private static void print(String title, Map<Contender, double[]> rates) {
		System.out.printf(
				"%n### %s%n%n| contender | events/s | of JDBC by hand | from | to |%n|---|---:|---:|---:|---:|%n",
				title);
		double byHand = median(rates.values().iterator().next());
		rates.forEach(
				(contender, measured) -> System.out.printf("| %s | %,.0f | %.2f | %,.0f | %,.0f |%n", contender.name(),
						median(measured), median(measured) / byHand, measured[0], measured[measured.length - 1]));
	}

	private static double median(double[] values) {
		Arrays.sort(values);
		return values[values.length / 2];
	}

}
