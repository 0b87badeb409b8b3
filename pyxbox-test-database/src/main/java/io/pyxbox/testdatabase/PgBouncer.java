package io.pyxbox.testdatabase;

import io.pyxbox.testdatabase.TestDatabase.Server;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A PgBouncer in transaction mode in front of a server: the URLs of databases lead
 * through it, what is done on the server as a whole (to create and drop databases) does
 * not. Each transaction gets whatever connection to the server is free.
 * <p>
 * It runs the {@code pgbouncer} that is installed, as the user {@code nobody} if the JVM
 * runs as root, and ends at the latest with the JVM, however that ends.
 */
public final class PgBouncer implements Server {

	private final PgBouncerBinary binary;

	private final Server server;

	private final PgBouncerProcess process;

	private PgBouncer(PgBouncerBinary binary, Server server, int poolSize) {
		this.binary = binary;
		this.server = server;
		this.process = new PgBouncerProcess(binary, target(server), poolSize);
	}

	/**
	 * Tells whether there is a PgBouncer to start.
	 * @return whether {@link #start(Server, int)} can find one
	 */
	public static boolean isInstalled() {
		return PgBouncerBinary.find().isPresent();
	}

	/**
	 * Starts a PgBouncer.
	 * @param server what it leads to; it is not closed with the pooler
	 * @param poolSize how many connections to the server each database may have
	 * @return the server as it is seen behind the pooler
	 * @throws IllegalStateException if none is installed or it does not start
	 */
	public static PgBouncer start(Server server, int poolSize) {
		PgBouncerBinary binary = PgBouncerBinary.find()
			.orElseThrow(() -> new IllegalStateException("pgbouncer is not installed: it is neither on the PATH nor in "
					+ PgBouncerBinary.OFF_THE_PATH + " (apt-get install pgbouncer)"));
		return new PgBouncer(binary, server, poolSize);
	}

	private static String target(Server server) {
		PGSimpleDataSource url = new PGSimpleDataSource();
		url.setUrl(server.jdbcUrl());
		return "host=%s port=%d user=%s password=%s".formatted(quoted(url.getServerNames()[0]), url.getPortNumbers()[0],
				quoted(server.username()), quoted(server.password()));
	}

	private static String quoted(String value) {
		return "'" + value.replace("'", "''") + "'";
	}

	@Override
	public String jdbcUrl() {
		return this.server.jdbcUrl();
	}

	@Override
	public String jdbcUrl(String database) {
		String url = this.server.jdbcUrl(database).replaceFirst("//[^/]+", "//127.0.0.1:" + this.process.port());
		if (this.binary.knowsPreparedStatements()) {
			return url;
		}
		return url + (url.contains("?") ? "&" : "?") + "prepareThreshold=0";
	}

	@Override
	public String username() {
		return this.server.username();
	}

	@Override
	public String password() {
		return this.server.password();
	}

	@Override
	public Server withoutPooler() {
		System.out.println("Not behind the pooler, for these tests look into sessions");
		return this.server.withoutPooler();
	}

	@Override
	public void restart() {
		this.server.restart();
	}

	/**
	 * Ends the pooler and all connections through it.
	 */
	@Override
	public void close() {
		this.process.close();
	}

	@Override
	public String toString() {
		return this.binary.version() + " in transaction mode";
	}

}
