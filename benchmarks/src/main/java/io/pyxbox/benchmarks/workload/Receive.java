package io.pyxbox.benchmarks.workload;

import java.util.ArrayList;
import java.util.List;

import com.zaxxer.hikari.HikariDataSource;
import io.pyxbox.benchmarks.contender.Target;
import io.pyxbox.benchmarks.report.Column;
import io.pyxbox.benchmarks.report.Row;
import io.pyxbox.benchmarks.report.Section;
import io.pyxbox.benchmarks.server.BenchmarkDatabase;
import io.pyxbox.benchmarks.server.BenchmarkServer;
import io.pyxbox.benchmarks.server.Load;
import io.pyxbox.standalone.Pyxbox;

/**
 * Receives messages once, with nothing to remember and with millions of ids: what that
 * adds to a transaction that inserts a row for each message, and whether it stays flat.
 */
final class Receive implements Workload {

	private static final String SINGLE = "no inbox";

	private static final String BATCH = "no inbox, batches";

	/** As many as a busy service receives in a week. */
	private static final int MOST_REMEMBERED = 10_000_000;

	private static final String REMEMBER = """
			INSERT INTO events_inbox (consumer, message_id, received_at)
			SELECT '%s', gen_random_uuid(), clock_timestamp() FROM generate_series(1, %d)
			""";

	@Override
	public String name() {
		return "receive";
	}

	@Override
	public String about() {
		return "messages from elsewhere take effect once, with nothing and with millions of ids to remember";
	}

	@Override
	public List<Section> run(Bench bench) {
		int messages = bench.smallBacklog();
		int remembered = Math.min(MOST_REMEMBERED, 50 * bench.events());
		Section section = new Section("receive", "Receive once",
				"Two threads, %,d messages, one inserted row each; batches are of %d. \"Full\" is with %,d ids that are remembered. "
					.formatted(messages, ReceivedMessages.BATCH, remembered)
						+ "Statements include those that begin and end transactions, on a server that counts them.",
				List.of(Column.withSpread("empty", "messages/s, empty"), Column.withSpread("full", "messages/s, full"),
						Column.of("flat", "full / empty"), Column.of("plain", "x no inbox"),
						Column.of("statements", "statements/message"), Column.of("more", "more than no inbox")));
		try (BenchmarkServer server = BenchmarkServer.startCountingStatements();
				BenchmarkDatabase database = server.createDatabase();
				HikariDataSource pool = pool(database.target());
				Pyxbox pyxbox = Pyxbox.builder(pool).build()) {
			List<ReceivedMessages> ways = ReceivedMessages.ways(pyxbox, messages);
			List<Row> rows = ways.stream().map((way) -> section.row(way.title(), 0)).toList();
			measure(bench, "(warming up)", database, ways, rows);
			rows.forEach((row) -> row.values().clear());
			measure(bench, "empty", database, ways, rows);
			count(server, database, ways, rows);
			database.execute(REMEMBER.formatted(ReceivedMessages.CONSUMER, remembered));
			database.execute("VACUUM (ANALYZE) events_inbox");
			measure(bench, "full", database, ways, rows);
			compare(rows);
		}
		return List.of(section.chart("Receive once: messages per second beside millions of ids", "full", false));
	}

	private static HikariDataSource pool(Target target) {
		HikariDataSource pool = new HikariDataSource();
		pool.setJdbcUrl(target.jdbcUrl());
		pool.setUsername(target.username());
		pool.setPassword(target.password());
		return pool;
	}

	private static void measure(Bench bench, String key, BenchmarkDatabase database, List<ReceivedMessages> ways,
			List<Row> rows) {
		for (int repetition = 1; repetition <= bench.repetitions(); repetition++) {
			for (int i = 0; i < rows.size(); i++) {
				database.execute("TRUNCATE effects");
				database.checkpoint();
				rows.get(i).add(key, ways.get(i).rate());
				ways.get(i).requireEffects(database.count("SELECT count(*) FROM effects"));
			}
			bench.progress("receive, %s: %d of %d".formatted(key, repetition, bench.repetitions()));
		}
	}

	private static void count(BenchmarkServer server, BenchmarkDatabase database, List<ReceivedMessages> ways,
			List<Row> rows) {
		for (int i = 0; i < rows.size(); i++) {
			Load before = Load.of(server, database);
			ways.get(i).rate();
			Load load = Load.of(server, database).since(before);
			rows.get(i).add("statements", load.statements() / ways.get(i).messages());
		}
	}

	private static void compare(List<Row> rows) {
		for (Row row : rows) {
			Row plain = plain(rows, row.contender().contains("batches") ? BATCH : SINGLE);
			row.add("flat", median(row, "full") / median(row, "empty"));
			row.add("plain", median(row, "empty") / median(plain, "empty"));
			row.add("more", median(row, "statements") - median(plain, "statements"));
		}
	}

	private static Row plain(List<Row> rows, String title) {
		return new ArrayList<>(rows).stream().filter((row) -> row.contender().equals(title)).findFirst().orElseThrow();
	}

	private static double median(Row row, String key) {
		return row.median(key).orElseThrow();
	}

}
