package io.pyxbox.autoconfigure;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import com.zaxxer.hikari.util.DriverDataSource;
import io.pyxbox.dispatch.SessionFactory;

import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.util.ClassUtils;

/**
 * Where connections come from that are kept for as long as the application runs: from
 * what feeds the pool if that can be told, so that the pool keeps all of its connections
 * for the application, else from the pool.
 */
final class Sessions {

	private Sessions() {
	}

	static SessionFactory of(DataSource dataSource) {
		boolean hikari = ClassUtils.isPresent("com.zaxxer.hikari.HikariDataSource", Sessions.class.getClassLoader());
		return hikari ? Hikari.of(dataSource) : dataSource::getConnection;
	}

	/**
	 * Not loaded where Hikari is absent.
	 */
	private static final class Hikari {

		static SessionFactory of(DataSource dataSource) {
			HikariDataSource pool = DataSourceUnwrapper.unwrap(dataSource, HikariConfigMXBean.class,
					HikariDataSource.class);
			if (pool == null) {
				return dataSource::getConnection;
			}
			return () -> {
				// Known only once the pool has been used, which it has been when we
				// listen.
				if (!pool.isWrapperFor(DriverDataSource.class)) {
					return dataSource.getConnection();
				}
				Credentials credentials = pool.getCredentials();
				return pool.unwrap(DriverDataSource.class)
					.getConnection(credentials.getUsername(), credentials.getPassword());
			};
		}

	}

}
