package io.pyxbox.autoconfigure;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import com.zaxxer.hikari.util.DriverDataSource;
import io.pyxbox.dispatch.SessionFactory;

/**
 * Where connections come from that are kept for as long as the application runs: from
 * what feeds the pool. Never from the pool itself: it would miss the connection, and what
 * was set in the session would come back to the application with it.
 */
final class Sessions {

	private Sessions() {
	}

	static SessionFactory of(DataSource dataSource) {
		HikariDataSource pool = HikariPool.find(dataSource);
		return (pool != null) ? () -> beside(pool) : Sessions::none;
	}

	private static Connection beside(HikariDataSource pool) throws SQLException {
		// Known only once the pool has been used, which it has been when we listen.
		if (!pool.isWrapperFor(DriverDataSource.class)) {
			return none();
		}
		Credentials credentials = pool.getCredentials();
		return pool.unwrap(DriverDataSource.class).getConnection(credentials.getUsername(), credentials.getPassword());
	}

	private static Connection none() throws SQLException {
		throw new SQLException("There is no telling what feeds the pool, so there are no connections beside it");
	}

}
