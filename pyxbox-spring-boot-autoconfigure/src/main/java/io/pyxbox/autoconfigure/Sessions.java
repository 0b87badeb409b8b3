package io.pyxbox.autoconfigure;

import java.sql.Connection;
import java.sql.SQLException;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariCredentialsProvider;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import com.zaxxer.hikari.util.DriverDataSource;
import io.pyxbox.dispatch.SessionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Where connections come from that are kept for as long as the application runs: from
 * what feeds the pool. Never from the pool itself: it would miss the connection, and what
 * was set in the session would come back to the application with it.
 */
final class Sessions {

	private Sessions() {
	}

	/**
	 * Finds out where connections come from.
	 * @param dataSource the pool, or what is put around it
	 * @return their source, or {@code null} if there is no telling what feeds the pool
	 */
	static @Nullable SessionFactory of(DataSource dataSource) {
		HikariDataSource pool = HikariPool.find(dataSource);
		return (pool != null) ? () -> beside(pool) : null;
	}

	private static Connection beside(HikariDataSource pool) throws SQLException {
		// Known only once the pool has been used, which it has been when we listen.
		if (!pool.isWrapperFor(DriverDataSource.class)) {
			throw new SQLException("There is no telling what feeds the pool, so there are no connections beside it");
		}
		Credentials credentials = credentials(pool);
		return pool.unwrap(DriverDataSource.class).getConnection(credentials.getUsername(), credentials.getPassword());
	}

	/** As the pool does it: a provider, where there is one, knows the newest password. */
	private static Credentials credentials(HikariDataSource pool) {
		HikariCredentialsProvider provider = pool.getCredentialsProvider();
		return (provider != null) ? provider.getCredentials() : pool.getCredentials();
	}

}
