package io.pyxbox.schema;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

import javax.sql.DataSource;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * What a server says about itself, and whether pyxbox works with it.
 *
 * @param product the name that the driver reports
 * @param majorVersion the major version that the driver reports
 * @param banner what the server itself says: many speak PostgreSQL's protocol without
 * having its locks
 * @param url the JDBC URL
 */
record PostgresServer(String product, int majorVersion, String banner, String url) {

	static final int OLDEST_VERSION = 13;

	private static final String PRODUCT = "PostgreSQL";

	static PostgresServer of(DataSource dataSource) {
		PostgresServer server = new JdbcTemplate(dataSource).execute(PostgresServer::read);
		if (server == null) {
			throw new IllegalStateException("No answer");
		}
		return server;
	}

	private static PostgresServer read(Connection connection) throws SQLException {
		DatabaseMetaData metaData = connection.getMetaData();
		String product = metaData.getDatabaseProductName();
		String banner = PRODUCT.equals(product) ? banner(connection)
				: product + " " + metaData.getDatabaseProductVersion();
		return new PostgresServer(product, metaData.getDatabaseMajorVersion(), banner, metaData.getURL());
	}

	private static String banner(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement();
				ResultSet resultSet = statement.executeQuery("SELECT version()")) {
			resultSet.next();
			return resultSet.getString(1);
		}
	}

	void requireSupported() {
		if (!PRODUCT.equals(this.product) || !this.banner.startsWith(PRODUCT + " ")
				|| this.majorVersion < OLDEST_VERSION) {
			throw new UnsupportedServerException("pyxbox needs PostgreSQL " + OLDEST_VERSION + " or later, but "
					+ withoutParameters(this.url) + " is " + this.banner.split(",")[0]);
		}
	}

	/** The parameters of a URL may contain the password. */
	private static String withoutParameters(String url) {
		return url.split("[?;]", 2)[0];
	}

}
