package io.pyxbox.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * The table of events as it is, and as it was before it had columns for versions and
 * codecs: what these cost the server if they are empty. The statements are the same for
 * both.
 */
final class RawTables {

	private static final List<String> BEFORE = List.of("V1__outbox", "V2__failures", "V3__topics", "V4__inbox");

	private static final List<String> SINCE = List.of("V5__versions", "V6__codecs", "V7__delayed");

	private static final String INSERT = """
			INSERT INTO %s (event_id, bucket, type, partition_key, payload)
			SELECT gen_random_uuid(), i %% 64, 'seen', 'customer-' || i %% 1000, '{"order": {"number": 1, "total": 1.23}}'
			FROM generate_series(1, 100) i
			""";

	private static final String DELETE = """
			WITH batch AS (SELECT bucket, id FROM %1$s WHERE bucket = ? ORDER BY id LIMIT 500)
			DELETE FROM %1$s e USING batch b WHERE e.bucket = b.bucket AND e.id = b.id
			""";

	private final JdbcTemplate jdbc;

	private final int events;

	RawTables(JdbcTemplate jdbc, int events) {
		this.jdbc = jdbc;
		this.events = events;
		BEFORE.forEach((script) -> run(script, "raw_before"));
		BEFORE.forEach((script) -> run(script, "raw_now"));
		SINCE.forEach((script) -> run(script, "raw_now"));
	}

	private void run(String script, String table) {
		try {
			String sql = new ClassPathResource("io/pyxbox/schema/migration/" + script + ".sql")
				.getContentAsString(StandardCharsets.UTF_8);
			this.jdbc.execute(sql.replace("${schema}", "public").replace("${table}", table));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** By what was done: how many rows in a second, before and now. */
	Map<String, double[]> measure() {
		double[] inserted = new double[2];
		double[] deleted = new double[2];
		List<String> tables = List.of("raw_before", "raw_now");
		for (int i = 0; i < 2; i++) {
			this.jdbc.execute("TRUNCATE " + tables.get(i));
			this.jdbc.execute("CHECKPOINT");
			inserted[i] = insert(tables.get(i));
			deleted[i] = delete(tables.get(i));
		}
		Map<String, double[]> measured = new LinkedHashMap<>();
		measured.put("by hand: insert (without: the table of V4)", inserted);
		measured.put("by hand: delete (without: the table of V4)", deleted);
		return measured;
	}

	private double insert(String table) {
		long startedAt = System.nanoTime();
		for (int stored = 0; stored < this.events; stored += 100) {
			this.jdbc.update(INSERT.formatted(table));
		}
		return this.events / ((System.nanoTime() - startedAt) / 1e9);
	}

	private double delete(String table) {
		long startedAt = System.nanoTime();
		for (int bucket = 0; bucket < 64; bucket++) {
			while (this.jdbc.update(DELETE.formatted(table), bucket) > 0) {
				// Until nothing is left.
			}
		}
		return this.events / ((System.nanoTime() - startedAt) / 1e9);
	}

}
