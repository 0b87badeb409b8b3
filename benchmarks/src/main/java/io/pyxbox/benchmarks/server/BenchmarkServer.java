package io.pyxbox.benchmarks.server;

import java.util.LinkedHashMap;
import java.util.Map;

import io.pyxbox.testdatabase.TestDatabase;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * A server as it comes, with durability on, a little more memory and enough connections
 * for everybody.
 */
public final class BenchmarkServer implements AutoCloseable {

	private static final Map<String, String> SETTINGS = Map.of("fsync", "on", "synchronous_commit", "on",
			"shared_buffers", "512MB", "max_connections", "300");

	private static final String SHOWN = """
			SELECT name, current_setting(name) FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit',
			  'shared_buffers', 'max_connections', 'max_wal_size', 'wal_level', 'full_page_writes', 'autovacuum',
			  'checkpoint_timeout', 'shared_preload_libraries') ORDER BY name
			""";

	private final TestDatabase.Server server;

	private BenchmarkServer(TestDatabase.Server server) {
		this.server = server;
	}

	/**
	 * Starts a server.
	 * @return the running server
	 */
	public static BenchmarkServer start() {
		return new BenchmarkServer(TestDatabase.Server.start(SETTINGS));
	}

	/**
	 * Starts a server that counts statements, which costs everybody a little.
	 * @return the running server
	 */
	public static BenchmarkServer startCountingStatements() {
		Map<String, String> settings = new LinkedHashMap<>(SETTINGS);
		settings.put("shared_preload_libraries", "pg_stat_statements");
		return new BenchmarkServer(TestDatabase.Server.start(settings));
	}

	/**
	 * Creates a database with the tables that all contenders have in common.
	 * @return an empty database
	 */
	public BenchmarkDatabase createDatabase() {
		return new BenchmarkDatabase(this.server.createDatabase());
	}

	/**
	 * Returns the version.
	 * @return the version, as in {@code 18.6}
	 */
	public String version() {
		return this.server.version();
	}

	/**
	 * Returns the settings that matter.
	 * @return values by name
	 */
	public Map<String, String> settings() {
		Map<String, String> settings = new LinkedHashMap<>();
		admin().sql(SHOWN).query((row) -> {
			settings.put(row.getString(1), row.getString(2));
		});
		return settings;
	}

	/**
	 * Returns a client of the administrative database, in whose own work nobody is
	 * interested.
	 * @return a client that opens a connection for each statement
	 */
	JdbcClient admin() {
		return JdbcClient
			.create(new DriverManagerDataSource(this.server.jdbcUrl(), this.server.username(), this.server.password()));
	}

	@Override
	public void close() {
		this.server.close();
	}

}
