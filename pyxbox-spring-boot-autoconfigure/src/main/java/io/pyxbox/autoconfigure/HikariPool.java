package io.pyxbox.autoconfigure;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfigMXBean;
import com.zaxxer.hikari.HikariDataSource;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.jdbc.DataSourceUnwrapper;
import org.springframework.util.ClassUtils;

/**
 * Finds the one pool that can be asked something, where it is on the class path.
 */
final class HikariPool {

	private HikariPool() {
	}

	/**
	 * Finds the pool.
	 * @param dataSource the pool, or what is put around it
	 * @return the pool, or {@code null} if it is another one, or none
	 */
	static @Nullable HikariDataSource find(DataSource dataSource) {
		boolean present = ClassUtils.isPresent("com.zaxxer.hikari.HikariDataSource", HikariPool.class.getClassLoader());
		return present ? Unwrapper.unwrap(dataSource) : null;
	}

	/**
	 * Not loaded where Hikari is absent.
	 */
	private static final class Unwrapper {

		static @Nullable HikariDataSource unwrap(DataSource dataSource) {
			return DataSourceUnwrapper.unwrap(dataSource, HikariConfigMXBean.class, HikariDataSource.class);
		}

	}

}
