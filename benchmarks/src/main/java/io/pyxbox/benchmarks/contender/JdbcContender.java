package io.pyxbox.benchmarks.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

import com.zaxxer.hikari.HikariDataSource;
import io.pyxbox.benchmarks.event.Handler;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A contender in plain JDBC: a number of threads that take events, and wait a little
 * where there is none.
 */
abstract class JdbcContender implements Contender {

	private final HikariDataSource dataSource = new HikariDataSource();

	private final JsonMapper mapper = new JsonMapper();

	private final Handler handler;

	private final int threads;

	private final Duration pause;

	private @Nullable Workers workers;

	JdbcContender(Target target, Handler handler, int threads, Duration pause) {
		this.handler = handler;
		this.threads = threads;
		this.pause = pause;
		this.dataSource.setJdbcUrl(target.jdbcUrl());
		this.dataSource.setUsername(target.username());
		this.dataSource.setPassword(target.password());
		this.dataSource.setAutoCommit(false);
	}

	/**
	 * Takes events, handles them and commits.
	 * @param connection the connection of a thread
	 * @return whether to go on at once
	 */
	protected abstract boolean take(Connection connection) throws SQLException;

	protected final JsonMapper mapper() {
		return this.mapper;
	}

	protected final Handler handler() {
		return this.handler;
	}

	protected final void createTable(String sql) {
		inTransaction((connection) -> {
			try (PreparedStatement statement = connection.prepareStatement(sql)) {
				statement.execute();
			}
		});
	}

	@Override
	public void inTransaction(SqlWork work) {
		try (Connection connection = this.dataSource.getConnection()) {
			work.run(connection);
			connection.commit();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void startConsuming() {
		this.workers = Workers.start(this.threads, this::consume);
	}

	private void consume(Workers running) throws SQLException {
		try (Connection connection = this.dataSource.getConnection()) {
			while (!running.stopping()) {
				if (!take(connection)) {
					LockSupport.parkNanos(this.pause.toNanos());
				}
			}
		}
	}

	@Override
	public void stopConsuming() {
		if (this.workers != null) {
			this.workers.stop();
		}
	}

	@Override
	public void close() {
		this.dataSource.close();
	}

}
