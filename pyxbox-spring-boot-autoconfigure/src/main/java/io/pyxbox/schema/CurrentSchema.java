package io.pyxbox.schema;

import java.sql.Connection;

import javax.sql.DataSource;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Finds the schema that unqualified names mean on a connection: what
 * {@code pyxbox.schema-name} is where nobody sets it.
 */
public final class CurrentSchema {

	private CurrentSchema() {
	}

	/**
	 * Asks for the current schema. Opens one connection.
	 * @param dataSource where to ask
	 * @return the name of a schema that exists
	 * @throws NoCurrentSchemaException if the search path leads to no schema
	 * @throws UnsupportedServerException if that is so because it is no PostgreSQL
	 */
	public static String of(DataSource dataSource) {
		String schema = new JdbcTemplate(dataSource).execute(Connection::getSchema);
		if (schema == null) {
			PostgresServer.of(dataSource).requireSupported();
			throw new NoCurrentSchemaException();
		}
		return schema;
	}

}
