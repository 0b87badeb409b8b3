package io.pyxbox.benchmarks;

import javax.sql.DataSource;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Statements that are not measured.
 */
final class Sql {

	private Sql() {
	}

	static void execute(DataSource dataSource, String sql, Object... parameters) {
		JdbcClient.StatementSpec statement = JdbcClient.create(dataSource).sql(sql);
		for (Object parameter : parameters) {
			statement = statement.param(parameter);
		}
		statement.update();
	}

	static Contender.Effects effects(DataSource dataSource) {
		return JdbcClient.create(dataSource)
			.sql("SELECT count(DISTINCT number), count(*) FROM effects")
			.query((row, index) -> new Contender.Effects(row.getLong(1), row.getLong(2)))
			.single();
	}

	static long count(DataSource dataSource, String table) {
		return JdbcClient.create(dataSource).sql("SELECT count(*) FROM " + table).query(Long.class).single();
	}

}
