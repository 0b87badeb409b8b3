package io.pyxbox.autoconfigure;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariDataSource;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * How many lanes an instance works on at the same time, where nothing is configured: half
 * of the connection pool, so that the other half is the application's, but no more than
 * the processors can use.
 */
final class PoolSize {

	private static final Log logger = LogFactory.getLog(PoolSize.class);

	private static final int ASSUMED = 10;

	private static final int LEFT_TO_APPLICATION = 2;

	private PoolSize() {
	}

	static int defaultConcurrency(DataSource dataSource) {
		int busy = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
		return Math.max(1, Math.min(of(dataSource) / 2, busy));
	}

	/**
	 * How many more lanes may be worked on, so that consumers cannot take each other's
	 * workers: as many as leave the application two connections.
	 */
	static int spare(DataSource dataSource, int concurrency) {
		return Math.max(0, of(dataSource) - concurrency - LEFT_TO_APPLICATION);
	}

	/** Says so where deliveries could keep every connection from the application. */
	static void warnIfExhaustedBy(int concurrency, DataSource dataSource) {
		Integer size = known(dataSource);
		if (size != null && concurrency >= size) {
			logger.warn("Deliveries may take all connections of the pool (" + size + "), so that the application waits "
					+ "for them, and emitting fails if it waits for too long. Enlarge the pool "
					+ "(spring.datasource.hikari.maximum-pool-size) or lower 'pyxbox.poller.concurrency', which is "
					+ concurrency + ".");
		}
	}

	private static int of(DataSource dataSource) {
		Integer size = known(dataSource);
		return (size != null) ? size : ASSUMED;
	}

	private static @Nullable Integer known(DataSource dataSource) {
		HikariDataSource pool = HikariPool.find(dataSource);
		return (pool != null) ? pool.getMaximumPoolSize() : null;
	}

}
