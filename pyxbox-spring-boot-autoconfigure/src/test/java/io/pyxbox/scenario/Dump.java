package io.pyxbox.scenario;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * What {@code pg_dump --data-only} takes: the rows of all tables as of one moment, and
 * the positions of all sequences.
 */
record Dump(Map<String, byte[]> tables, Map<String, String> positions) {

	static Dump of(DataSource dataSource) throws Exception {
		Map<String, byte[]> tables = new LinkedHashMap<>();
		Map<String, String> positions = new LinkedHashMap<>();
		try (Connection connection = dataSource.getConnection()) {
			connection.setAutoCommit(false);
			connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
			for (String table : names(connection, 'r')) {
				ByteArrayOutputStream rows = new ByteArrayOutputStream();
				copies(connection).copyOut("copy " + table + " to stdout", rows);
				tables.put(table, rows.toByteArray());
			}
			for (String sequence : names(connection, 'S')) {
				positions.put(sequence, first(connection, "select last_value || ', ' || is_called from " + sequence));
			}
		}
		return new Dump(tables, positions);
	}

	/** Replaces everything in a database that has the same tables, all at once. */
	void restoreTo(DataSource dataSource) throws Exception {
		try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
			connection.setAutoCommit(false);
			statement.execute("truncate " + String.join(", ", this.tables.keySet()));
			for (Map.Entry<String, byte[]> table : this.tables.entrySet()) {
				copies(connection).copyIn("copy " + table.getKey() + " from stdin",
						new ByteArrayInputStream(table.getValue()));
			}
			for (Map.Entry<String, String> position : this.positions.entrySet()) {
				first(connection, "select setval('%s', %s)".formatted(position.getKey(), position.getValue()));
			}
			connection.commit();
		}
	}

	private static CopyManager copies(Connection connection) throws SQLException {
		return connection.unwrap(PGConnection.class).getCopyAPI();
	}

	private static List<String> names(Connection connection, char kind) throws SQLException {
		List<String> names = new ArrayList<>();
		try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery("""
				select oid::regclass::text from pg_class
				where relnamespace = 'public'::regnamespace and relkind = '%s' order by 1
				""".formatted(kind))) {
			while (rows.next()) {
				names.add(rows.getString(1));
			}
		}
		return names;
	}

	private static String first(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery(sql)) {
			row.next();
			return row.getString(1);
		}
	}

}
