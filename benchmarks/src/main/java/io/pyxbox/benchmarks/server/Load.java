package io.pyxbox.benchmarks.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What has been asked of the server in one database so far. The observer works in another
 * one.
 *
 * @param transactions the number of transactions, whether committed or rolled back
 * @param statements the number of statements, including those that begin and end
 * transactions
 * @param cpuMillis the time of a processor that the present sessions have used; zero
 * where the system does not tell
 */
public record Load(double transactions, double statements, double cpuMillis) {

	private static final String TRANSACTIONS = """
			SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = :database
			""";

	private static final String STATEMENTS = """
			SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
			WHERE d.datname = :database
			""";

	/** Fields 14 and 15 of /proc/[pid]/stat, in hundredths of a second. */
	private static final int USER_TIME = 14 - 3;

	/**
	 * Reads the load of a database.
	 * @param server the server, which counts statements
	 * @param database the database
	 * @return the load
	 */
	public static Load of(BenchmarkServer server, BenchmarkDatabase database) {
		JdbcClient admin = server.admin();
		String name = database.target().jdbcUrl().replaceFirst(".*/", "");
		admin.sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").update();
		List<Integer> sessions = admin.sql("SELECT pid FROM pg_stat_activity WHERE datname = :database")
			.param("database", name)
			.query((row, index) -> row.getInt(1))
			.list();
		return new Load(admin.sql(TRANSACTIONS).param("database", name).query(Double.class).single(),
				admin.sql(STATEMENTS).param("database", name).query(Double.class).single(),
				sessions.stream().mapToDouble(Load::cpuMillis).sum());
	}

	/**
	 * Returns what has come since.
	 * @param before an earlier load
	 * @return the difference
	 */
	public Load since(Load before) {
		return new Load(this.transactions - before.transactions, this.statements - before.statements,
				this.cpuMillis - before.cpuMillis);
	}

	private static double cpuMillis(int pid) {
		try {
			String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
			// The second field is a name that may contain blanks.
			String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
			return 10 * (Double.parseDouble(fields[USER_TIME]) + Double.parseDouble(fields[USER_TIME + 1]));
		}
		catch (IOException ex) {
			return 0;
		}
	}

}
