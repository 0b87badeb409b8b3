package io.pyxbox.testdatabase;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.UUID;

import javax.sql.DataSource;

import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PostgreSQL database of a test's own: empty when created, dropped when closed.
 * <p>
 * All databases of a JVM stand on one server, which is started when the first of them is
 * created. The system property {@code pyxbox.test.database} chooses it:
 * <ul>
 * <li>{@code embedded}: a server whose binaries come from Maven Central</li>
 * <li>{@code testcontainers}: a container</li>
 * <li>a JDBC URL with a host: the server behind it, with {@code pyxbox.test.username} and
 * {@code pyxbox.test.password}; the user must be allowed to create databases</li>
 * <li>not set: a container where there is Docker, otherwise embedded</li>
 * </ul>
 * With the system property {@code pyxbox.test.pooler=pgbouncer} the databases are reached
 * through a {@link PgBouncer} in transaction mode.
 * <p>
 * An embedded server or a container is tuned for tests: it does not wait for the disk. A
 * server with other settings is started by {@link Server#start(Map)}.
 * <p>
 * Safe for use by several threads.
 */
public final class TestDatabase implements AutoCloseable {

	private final Server server;

	private final String name;

	private final String jdbcUrl;

	private final PGSimpleDataSource dataSource;

	private TestDatabase(Server server, String name) {
		this.server = server;
		this.name = name;
		this.jdbcUrl = server.jdbcUrl(name);
		this.dataSource = new PGSimpleDataSource();
		this.dataSource.setUrl(this.jdbcUrl);
		this.dataSource.setUser(server.username());
		this.dataSource.setPassword(server.password());
	}

	/**
	 * Creates an empty database with a unique name on the server of this JVM.
	 * @return the database
	 * @throws IllegalStateException if the server cannot be started or reached, or
	 * refuses
	 */
	public static TestDatabase create() {
		return server().createDatabase();
	}

	/**
	 * Returns the server of this JVM, and starts it if this is the first call.
	 * @return the server; closing it is not the caller's business
	 * @throws IllegalStateException if the server cannot be started or reached
	 */
	public static Server server() {
		return SharedServer.INSTANCE;
	}

	/**
	 * Returns the URL of the database, with the parameters of the server's URL.
	 * @return a JDBC URL
	 */
	public String jdbcUrl() {
		return this.jdbcUrl;
	}

	/**
	 * Returns the user, who owns the database.
	 * @return a user name
	 */
	public String username() {
		return this.server.username();
	}

	/**
	 * Returns the password of the user.
	 * @return a password
	 */
	public String password() {
		return this.server.password();
	}

	/**
	 * Returns a data source without a pool: each connection is a new one.
	 * @return a plain data source
	 */
	public DataSource dataSource() {
		return this.dataSource;
	}

	/**
	 * Drops the database and ends all its connections.
	 * @throws IllegalStateException if the server refuses
	 */
	@Override
	public void close() {
		this.server.execute("drop database if exists " + this.name + " with (force)");
	}

	/**
	 * A PostgreSQL server on which databases can be created.
	 */
	public interface Server extends AutoCloseable {

		/**
		 * Starts an embedded server of the caller's own, whatever the server of this JVM
		 * is. It stops with {@link #close()}, at the latest with the JVM, and leaves
		 * nothing behind.
		 * @param settings server settings as in {@code postgresql.conf}, values without
		 * blanks. What is not set is as in the server of this JVM: {@code fsync} and
		 * {@code synchronous_commit} are off, {@code max_connections} is 300
		 * @return the running server
		 * @throws IllegalStateException if it does not start; the message says where its
		 * log is
		 */
		static Server start(Map<String, String> settings) {
			return new TemporaryServer(settings);
		}

		/**
		 * Starts an embedded server on a data directory that outlives it. If a killed JVM
		 * has left a server running there, that one is ended first. The log stands beside
		 * the directory.
		 * @param data where the data is, or shall be
		 * @param settings as in {@link #start(Map)}; for data that shall survive a power
		 * failure set {@code fsync} and {@code synchronous_commit} to {@code on}
		 * @return the running server; it stops with {@link #close()} only
		 * @throws IllegalStateException if it does not start, or another JVM works on
		 * this directory
		 */
		static Server start(Path data, Map<String, String> settings) {
			return new EmbeddedServer(data, settings);
		}

		/**
		 * Returns the URL of the server's administrative database.
		 * @return a JDBC URL
		 */
		String jdbcUrl();

		/**
		 * Returns the URL of a database of this server.
		 * @param database the name of the database
		 * @return a JDBC URL with the parameters of {@link #jdbcUrl()}
		 */
		default String jdbcUrl(String database) {
			return jdbcUrl().replaceFirst("(//[^/?]+)/?[^?]*", "$1/" + database);
		}

		/**
		 * Returns the user who owns what is created.
		 * @return a user name
		 */
		String username();

		/**
		 * Returns the password of the user.
		 * @return a password
		 */
		String password();

		/**
		 * Returns the server itself: for those who look into a session from one
		 * transaction to the next, which is another one behind a pooler.
		 * @return this server, or what it is in front of
		 */
		default Server withoutPooler() {
			return this;
		}

		/**
		 * Stops the server, ends all connections and starts it again with its data, at
		 * the same URL. For embedded servers only.
		 * @throws UnsupportedOperationException if the server is not an embedded one
		 */
		default void restart() {
			throw new UnsupportedOperationException(jdbcUrl() + " is not ours to restart");
		}

		/**
		 * Stops the server until {@link #startAgain()}. For embedded servers only, and
		 * not on Windows.
		 * @param how how
		 * @throws UnsupportedOperationException if the server is not an embedded one
		 */
		default void stop(Shutdown how) {
			throw new UnsupportedOperationException(jdbcUrl() + " is not ours to stop");
		}

		/**
		 * Starts a stopped server again with its data, at the same URL. Returns when it
		 * accepts connections.
		 * @throws UnsupportedOperationException if the server is not an embedded one
		 * @throws IllegalStateException if it is not stopped, or does not start
		 */
		default void startAgain() {
			throw new UnsupportedOperationException(jdbcUrl() + " is not ours to start");
		}

		/**
		 * Stops the server if it was started for the caller.
		 */
		@Override
		default void close() {
		}

		/**
		 * Opens a connection to the administrative database.
		 * @return a new connection, for the caller to close
		 * @throws SQLException if the server cannot be reached
		 */
		default Connection connect() throws SQLException {
			return DriverManager.getConnection(jdbcUrl(), username(), password());
		}

		/**
		 * Asks the server for its version.
		 * @return the version, as in {@code 18.6}
		 * @throws IllegalStateException if the server cannot be reached
		 */
		default String version() {
			try (Connection connection = connect();
					Statement statement = connection.createStatement();
					ResultSet row = statement.executeQuery("select current_setting('server_version')")) {
				row.next();
				return row.getString(1);
			}
			catch (SQLException ex) {
				throw new IllegalStateException("No version from " + jdbcUrl(), ex);
			}
		}

		/**
		 * Creates an empty database with a unique name.
		 * @return the database
		 * @throws IllegalStateException if the server cannot be reached or refuses
		 */
		default TestDatabase createDatabase() {
			String name = "pyxbox_test_" + UUID.randomUUID().toString().replace("-", "");
			execute("create database " + name);
			return new TestDatabase(this, name);
		}

		private void execute(String sql) {
			try (Connection connection = connect(); Statement statement = connection.createStatement()) {
				statement.execute(sql);
			}
			catch (SQLException ex) {
				throw new IllegalStateException("Failed on " + jdbcUrl() + ": " + sql, ex);
			}
		}

	}

	/**
	 * How a server stops. Either way it ends its connections at once, and what is not
	 * committed rolls back.
	 */
	public enum Shutdown {

		/** In good order. */
		FAST,

		/** As in a crash: the server recovers when it starts again. */
		IMMEDIATE

	}

	private static final class SharedServer {

		private static final Server INSTANCE = ServerChoice.fromSystemProperties().start();

	}

}
