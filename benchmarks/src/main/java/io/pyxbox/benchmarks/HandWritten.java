package io.pyxbox.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import javax.sql.DataSource;

import tools.jackson.databind.json.JsonMapper;

/**
 * The practical limit: JDBC by hand, two threads, a thousand events by one
 * {@code DELETE ... RETURNING} and one commit, JSON decoded; no order, no retries, no
 * metadata.
 */
final class HandWritten implements Contender {

	private static final int BATCH = 1_000;

	private static final int THREADS = 2;

	private static final String TAKE = """
			DELETE FROM hand_events WHERE id IN (
			  SELECT id FROM hand_events ORDER BY id LIMIT %d FOR UPDATE SKIP LOCKED) RETURNING payload
			""".formatted(BATCH);

	private final DataSource dataSource;

	private final JsonMapper mapper;

	private final boolean inserts;

	private final AtomicLong handled = new AtomicLong();

	private final BitSet seen = new BitSet();

	HandWritten(DataSource dataSource, JsonMapper mapper, boolean inserts) {
		this.dataSource = dataSource;
		this.mapper = mapper;
		this.inserts = inserts;
	}

	@Override
	public String name() {
		return "JDBC by hand";
	}

	@Override
	public void reset() {
		this.handled.set(0);
		this.seen.clear();
		Sql.execute(this.dataSource, "DROP TABLE IF EXISTS hand_events, effects");
		Sql.execute(this.dataSource,
				"CREATE TABLE hand_events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb NOT NULL)");
		Sql.execute(this.dataSource, "CREATE TABLE effects (number integer NOT NULL)");
	}

	@Override
	public void fill(List<Order> backlog) {
		String[] payloads = backlog.stream().map(this.mapper::writeValueAsString).toArray(String[]::new);
		Sql.execute(this.dataSource, "INSERT INTO hand_events (payload) SELECT p::jsonb FROM unnest(?::text[]) p",
				(Object) payloads);
	}

	@Override
	public void drain(int events) throws InterruptedException {
		Thread[] threads = new Thread[THREADS];
		for (int i = 0; i < THREADS; i++) {
			threads[i] = new Thread(this::work, "hand-" + i);
			threads[i].start();
		}
		for (Thread thread : threads) {
			thread.join();
		}
	}

	private void work() {
		try (Connection connection = this.dataSource.getConnection()) {
			connection.setAutoCommit(false);
			boolean more = true;
			while (more) {
				more = takeBatch(connection);
				connection.commit();
			}
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private boolean takeBatch(Connection connection) throws SQLException {
		try (PreparedStatement take = connection.prepareStatement(TAKE);
				PreparedStatement insert = connection.prepareStatement("INSERT INTO effects (number) VALUES (?)");
				ResultSet rows = take.executeQuery()) {
			int count = 0;
			while (rows.next()) {
				count++;
				Order order = this.mapper.readValue(rows.getBytes(1), Order.class);
				if (this.inserts) {
					insert.setInt(1, order.number());
					insert.executeUpdate();
				}
				else {
					this.handled.incrementAndGet();
					synchronized (this.seen) {
						this.seen.set(order.number());
					}
				}
			}
			return count > 0;
		}
	}

	@Override
	public Effects effects() {
		return this.inserts ? Sql.effects(this.dataSource) : new Effects(this.seen.cardinality(), this.handled.get());
	}

}
