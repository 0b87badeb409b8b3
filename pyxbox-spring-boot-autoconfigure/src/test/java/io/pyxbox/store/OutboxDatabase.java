package io.pyxbox.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.pyxbox.ConsumerId;
import io.pyxbox.EventId;
import io.pyxbox.testdatabase.TestDatabase;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A database with the outbox's tables, without anything that looks at them.
 */
final class OutboxDatabase implements AutoCloseable {

	static final EventTable EVENTS = new EventTable("public", "events");

	private static final List<String> SCRIPTS = List.of("V1__outbox.sql", "V2__failures.sql", "V3__topics.sql",
			"V4__inbox.sql");

	private final TestDatabase database;

	private final JdbcClient jdbc;

	private OutboxDatabase(TestDatabase database) {
		this.database = database;
		this.jdbc = JdbcClient.create(database.dataSource());
		SCRIPTS.forEach((name) -> execute(
				script(name).replace("${schema}", EVENTS.schema()).replace("${table}", EVENTS.name())));
	}

	static OutboxDatabase create() {
		return on(TestDatabase.server());
	}

	/** For tests that look into a session from one transaction to the next. */
	static OutboxDatabase withoutPooler() {
		return on(TestDatabase.server().withoutPooler());
	}

	static OutboxDatabase on(TestDatabase.Server server) {
		return new OutboxDatabase(server.createDatabase());
	}

	private static String script(String name) {
		try (InputStream script = EventTable.class.getResourceAsStream("/io/pyxbox/schema/migration/" + name)) {
			if (script == null) {
				throw new IllegalStateException(name + " is not there");
			}
			return new String(script.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	JdbcClient jdbc() {
		return this.jdbc;
	}

	/** A connection each of whose statements is a transaction of its own. */
	Connection connection() throws SQLException {
		return this.database.dataSource().getConnection();
	}

	/** A connection in a transaction. */
	Connection transaction() throws SQLException {
		Connection connection = connection();
		connection.setAutoCommit(false);
		return connection;
	}

	void execute(String sql) {
		try (Connection connection = connection()) {
			execute(connection, sql);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static void execute(Connection connection, String sql) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	/** Empties the tables; ids begin with 1 again. */
	void clear() {
		execute("TRUNCATE events, events_retry, events_dead_letter, events_consumer, events_in_flight, events_inbox, events_inbox_offset RESTART IDENTITY");
	}

	/** Stores events of type {@code T}, and commits. */
	void store(NewEvent... events) {
		try (Connection connection = connection()) {
			append(connection, events);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static void append(Connection connection, NewEvent... events) throws SQLException {
		new EventAppender(EVENTS).append(connection, List.of(events));
	}

	static NewEvent event(int bucket, @Nullable String key) {
		return event(bucket, key, "T");
	}

	static NewEvent event(int bucket, @Nullable String key, String type) {
		return new NewEvent(bucket, new EventId(UUID.randomUUID()), type, null, key, "{}", null);
	}

	static KnownConsumers known(Map<ConsumerId, Subscription> consumers) {
		return new KnownConsumers(new ConsumerStore(EVENTS), consumers);
	}

	static ClaimRequest request(Lane lane, Subscription subscription, long fromId, int limit, boolean waiting) {
		return new ClaimRequest(lane, subscription, fromId, Map.of(), null, limit,
				waiting ? Duration.ofHours(1) : null);
	}

	List<Long> storedIds() {
		return this.jdbc.sql("SELECT id FROM events ORDER BY id").query(Long.class).list();
	}

	/** How many transactions of this database wait for a lock. */
	int waiting() {
		return this.jdbc.sql(
				"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
			.query(Integer.class)
			.single();
	}

	@Override
	public void close() {
		this.database.close();
	}

}
