package io.pyxbox.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

import io.pyxbox.ConsumerId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever the statistics say, nothing may read the whole table, nor a whole bucket.
 */
class QueryPlanTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final int ROWS = 500_000;

	private static final int LIMIT = 100;

	private static final int BUCKET = 7;

	/** The driver prepares at the fifth call, the server keeps a plan after five more. */
	private static final int CALLS_UNTIL_A_PLAN_IS_KEPT = 12;

	private static final ConsumerId MAIL = new ConsumerId("mail");

	private static final ConsumerId STOCK = new ConsumerId("stock");

	private static final Subscription EVERYTHING = new Subscription(Set.of("T"), Set.of());

	private static final Subscription EVERY_TOPIC = Subscription.toTopics(Set.of(TopicPattern.ALL));

	private static final Subscription SOME_TOPICS = Subscription
		.toTopics(Set.of(new TopicPattern("orders*"), new TopicPattern("invoices")));

	private final Lane lane = Lane.of(OutboxDatabase.EVENTS, MAIL, BUCKET);

	private final LaneStore lanes = new LaneStore(OutboxDatabase.EVENTS);

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void readsNoMoreThanItHandsOutWhateverTheStatisticsSay() throws SQLException {
		database.execute("ALTER TABLE events SET (autovacuum_enabled = off); ANALYZE events");
		fill();
		assertReadsNoMoreThanItHandsOut();

		database.execute("ANALYZE events");
		assertReadsNoMoreThanItHandsOut();
	}

	private void assertReadsNoMoreThanItHandsOut() throws SQLException {
		try (Connection connection = database.transaction()) {
			for (int i = 0; i < CALLS_UNTIL_A_PLAN_IS_KEPT; i++) {
				assertThat(workOf(connection, () -> claim(connection, 0))).isEqualTo(new Work(0, LIMIT));
				assertThat(workOf(connection, () -> claim(connection, ROWS / 2))).isEqualTo(new Work(0, LIMIT));
				assertThat(workOf(connection, () -> claim(connection, EVERY_TOPIC, ROWS / 2)))
					.isEqualTo(new Work(0, LIMIT));
				assertThat(workOf(connection, () -> claim(connection, SOME_TOPICS, ROWS / 2)))
					.isEqualTo(new Work(0, LIMIT));
			}
			assertThat(workOf(connection, () -> claimWhereOneWaits(connection))).isEqualTo(new Work(0, 3 * LIMIT + 1));
			assertThat(workOf(connection, () -> complete(connection, Map.of(MAIL, EVERYTHING))))
				.isEqualTo(new Work(0, 2 * LIMIT));
			assertThat(workOf(connection, () -> complete(connection, Map.of(MAIL, EVERYTHING, STOCK, EVERYTHING))))
				.satisfies((work) -> assertThat(work.rowsBySequentialScan()).isZero())
				.satisfies((work) -> assertThat(work.rowsByIndex()).isBetween(2L * LIMIT, 5L * LIMIT));
			assertThat(workOf(connection, () -> complete(connection, Map.of(MAIL, EVERYTHING, STOCK, SOME_TOPICS))))
				.satisfies((work) -> assertThat(work.rowsBySequentialScan()).isZero())
				.satisfies((work) -> assertThat(work.rowsByIndex()).isBetween(2L * LIMIT, 5L * LIMIT));
			assertThat(workOf(connection, () -> newestIds(connection))).isEqualTo(new Work(0, Buckets.COUNT));
			assertThat(workOf(connection, () -> pull(connection, 1, 1))).isEqualTo(new Work(0, Buckets.COUNT + 1));
			assertThat(workOf(connection, () -> pull(connection, LIMIT, 2)))
				.isEqualTo(new Work(0, 2 * Buckets.COUNT + PullStore.MAX_LOCKS));
		}
	}

	private Claim claim(Connection connection, long fromId) throws SQLException {
		return claim(connection, EVERYTHING, fromId);
	}

	private Claim claim(Connection connection, Subscription subscription, long fromId) throws SQLException {
		Claim claim = this.lanes.claim(connection,
				OutboxDatabase.request(this.lane, subscription, fromId, LIMIT, false));
		assertThat(claim.events()).hasSize(LIMIT);
		return claim;
	}

	private static void pull(Connection connection, int limit, int depth) throws SQLException {
		Pull pull = new PullStore(OutboxDatabase.EVENTS).pull(connection, new PullRequest(MAIL, EVERYTHING,
				new long[Buckets.COUNT], PulledBefore.NOTHING, Set.of(), limit, depth, false));
		assertThat(pull.events()).hasSize(Math.min(limit, PullStore.MAX_LOCKS));
	}

	private void claimWhereOneWaits(Connection connection) throws SQLException {
		StoredEvent first = claim(connection, 0).events().get(0);
		new SettlementStore(OutboxDatabase.EVENTS, OutboxDatabase.known(Map.of(MAIL, EVERYTHING))).settle(connection,
				this.lane, new Settlement(List.of(),
						List.of(new FailedDelivery(first, Duration.ofHours(1), false, "x")), List.of()));
		Claim claim = this.lanes.claim(connection, OutboxDatabase.request(this.lane, EVERYTHING, 0, LIMIT, false));
		assertThat(claim.events()).hasSize(LIMIT).doesNotContain(first);
	}

	private void complete(Connection connection, Map<ConsumerId, Subscription> consumers) throws SQLException {
		new SettlementStore(OutboxDatabase.EVENTS, OutboxDatabase.known(consumers)).settle(connection, this.lane,
				new Settlement(claim(connection, 0).events(), List.of(), List.of()));
	}

	private static void newestIds(Connection connection) throws SQLException {
		long[] newest = new TableObserver(OutboxDatabase.EVENTS).look(connection, new long[Buckets.COUNT]).newestIds();
		assertThat(LongStream.of(newest)).allMatch((id) -> id > ROWS - Buckets.COUNT);
	}

	/** What an action makes the database read of the events table; then rolls back. */
	private static Work workOf(Connection connection, Action action) throws SQLException {
		Work before = work(connection);
		action.run();
		Work done = work(connection).since(before);
		connection.rollback();
		return done;
	}

	private static Work work(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery("""
				SELECT coalesce(sum(seq_tup_read), 0), coalesce(sum(idx_tup_fetch), 0)
				FROM pg_stat_xact_user_tables WHERE relname = 'events'
				""")) {
			row.next();
			return new Work(row.getLong(1), row.getLong(2));
		}
	}

	private static void fill() {
		database.execute(
				"""
						INSERT INTO events (bucket, event_id, type, topic, partition_key, payload)
						SELECT i %% 64, gen_random_uuid(), 'T', 'orders-' || i %% 7, 'order-' || i, '{"orderId": 4711, "lines": []}'
						FROM generate_series(1, %d) i
						"""
					.formatted(ROWS));
	}

	/**
	 * What the database has read of the events table.
	 */
	private record Work(long rowsBySequentialScan, long rowsByIndex) {

		Work since(Work before) {
			return new Work(this.rowsBySequentialScan - before.rowsBySequentialScan,
					this.rowsByIndex - before.rowsByIndex);
		}

	}

	@FunctionalInterface
	private interface Action {

		void run() throws SQLException;

	}

}
