package io.pyxbox.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

import io.pyxbox.EventId;
import io.pyxbox.store.Subscription.Route;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DelayedStoreTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final int MANY = 200_000;

	/** It looks at the ends of an index itself. */
	private static final int FOR_THE_PLANNER = 10;

	/** The driver prepares at the fifth call, the server keeps a plan after five more. */
	private static final int CALLS_UNTIL_A_PLAN_IS_KEPT = 12;

	private final DelayedStore store = new DelayedStore(OutboxDatabase.EVENTS);

	@BeforeEach
	void clear() {
		database.clear();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void movesWhatIsDueInDueOrderAndNothingElse() throws SQLException {
		database.store(delayed(1, "later", Duration.ofHours(1)), delayed(1, "second", Duration.ofHours(3)),
				delayed(2, "first", Duration.ofHours(2)), delayed(2, "third", Duration.ofHours(3)));
		database
			.execute("UPDATE events_delayed SET due_at = due_at - interval '4 hours' WHERE partition_key <> 'later'");

		DelayedStore.Moved moved = move(null, 10);

		assertThat(moved.count()).isEqualTo(3);
		assertThat(moved.buckets()).containsOnlyKeys(new Route("T", null)).containsValue(0b110L);
		assertThat(keys("events ORDER BY id")).containsExactly("first", "second", "third");
		assertThat(keys("events_delayed")).containsExactly("later");
	}

	@Test
	void nothingIsStoredWithADueTimeThatHasPassed() {
		database.store(new NewEvent(1, new EventId(UUID.randomUUID()), "T", null, "a", "{}", null, 1, null,
				new DueTime(Instant.EPOCH, null)));

		assertThat(database.jdbc()
			.sql("SELECT clock_timestamp() - due_at < interval '1 minute' FROM events_delayed")
			.query(Boolean.class)
			.single()).isTrue();
	}

	@Test
	void movesABatchAtATime() throws SQLException {
		fill(10, "- interval '1 hour'");

		assertThat(move(null, 4).count()).isEqualTo(4);
		assertThat(move(null, 4).count()).isEqualTo(4);
		assertThat(move(null, 4).count()).isEqualTo(2);

		assertThat(keys("events ORDER BY id")).containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
	}

	@Test
	void oneMovesAtATime() throws SQLException {
		fill(4, "- interval '1 hour'");

		try (Connection first = database.transaction()) {
			assertThat(this.store.move(first, DelayedStore.Place.before(null), 2).count()).isEqualTo(2);
			assertThat(move(null, 2).count()).as("while the first one is about it").isZero();
			first.commit();
		}

		assertThat(move(null, 10).count()).isEqualTo(2);
	}

	@Test
	void whoeverStopsInBetweenIsNotWaitedForForEver() throws SQLException {
		fill(2, "- interval '1 hour'");

		try (Connection stopped = database.transaction()) {
			this.store.move(stopped, DelayedStore.Place.before(null), 1);

			Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> move(null, 10).count() == 2);
		}
	}

	@Test
	void whatIsJustBeingCancelledHoldsUpNobody() throws SQLException {
		fill(3, "- interval '1 hour'");

		try (Connection cancelling = database.transaction()) {
			OutboxDatabase.execute(cancelling, "DELETE FROM events_delayed WHERE partition_key = '1'");
			assertThat(move(null, 10).count()).isEqualTo(2);
			cancelling.rollback();
		}

		assertThat(move(null, 10).count()).isOne();
	}

	@Test
	void millionsThatWaitAreNotScannedWhateverTheStatisticsSay() throws SQLException {
		database.execute("ALTER TABLE events_delayed SET (autovacuum_enabled = off); ANALYZE events_delayed");
		fill(100, "- interval '1 hour'");
		fill(MANY, "+ interval '1 hour'");
		assertReadsNoMoreThanItMoves();

		database.execute("ANALYZE events_delayed");
		assertReadsNoMoreThanItMoves();
	}

	/**
	 * While somebody else's long transaction keeps what was moved.
	 */
	@Test
	void aBatchDoesNotStepOverThoseBeforeIt() throws SQLException {
		database.execute("ALTER TABLE events_delayed SET (autovacuum_enabled = off)");
		fill(1000, "- interval '1 hour'");
		try (Connection old = database.transaction()) {
			OutboxDatabase.execute(old, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1");
			DelayedStore.Moved before = move(null, 500);

			assertThat(entriesRead(DelayedStore.Place.before(null))).isGreaterThan(500);
			assertThat(entriesRead(Objects.requireNonNull(before.last()))).isLessThanOrEqualTo(50 + FOR_THE_PLANNER);
		}
	}

	private long entriesRead(DelayedStore.Place after) throws SQLException {
		try (Connection connection = database.transaction()) {
			assertThat(this.store.move(connection, after, 50).count()).isEqualTo(50);
			try (Statement statement = connection.createStatement();
					ResultSet row = statement
						.executeQuery("SELECT pg_stat_get_xact_tuples_returned('events_delayed_due_idx'::regclass)")) {
				row.next();
				return row.getLong(1);
			}
			finally {
				// The end of a connection is not waited for, and the next one needs the
				// lock.
				connection.rollback();
			}
		}
	}

	@Test
	void anEventKeepsAllThatItWasStoredWith() throws SQLException {
		database.store(new NewEvent(1, new EventId(UUID.randomUUID()), "T", "orders", "a", "null", "{\"h\": \"1\"}", 7,
				new NewEvent.Encoded("gzip", new byte[] { 0, -1 }), new DueTime(Instant.EPOCH, null)));
		String stored = "SELECT row(%s, created_at)::text FROM ".formatted(EventTable.EMITTED_COLUMNS);
		String delayed = database.jdbc().sql(stored + "events_delayed").query(String.class).single();

		move(null, 10);

		assertThat(delayed).contains(",7,gzip,").contains("x00ff");
		assertThat(database.jdbc().sql(stored + "events").query(String.class).single()).isEqualTo(delayed);
	}

	private void assertReadsNoMoreThanItMoves() throws SQLException {
		TableObserver observer = new TableObserver(OutboxDatabase.EVENTS);
		OffsetDateTime from = OffsetDateTime.now().minusDays(1);
		for (int i = 0; i < CALLS_UNTIL_A_PLAN_IS_KEPT; i++) {
			try (Connection connection = database.transaction()) {
				assertThat(observer.look(connection, new long[Buckets.COUNT], from).nextDueIn()).isNegative();
				assertThat(rowsRead(connection)).isLessThanOrEqualTo(FOR_THE_PLANNER);
			}
			try (Connection connection = database.transaction()) {
				assertThat(this.store.move(connection, DelayedStore.Place.before(from), 50).count()).isEqualTo(50);
				assertThat(rowsRead(connection)).isLessThanOrEqualTo(3 * 50 + FOR_THE_PLANNER);
				// The end of a connection is not waited for, and the next one needs the
				// lock.
				connection.rollback();
			}
			try (Connection connection = database.transaction()) {
				new CancellationStore(OutboxDatabase.EVENTS).cancel(connection, new EventId(UUID.randomUUID()));
				assertThat(rowsRead(connection)).isLessThanOrEqualTo(FOR_THE_PLANNER);
			}
		}
	}

	private static long rowsRead(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement(); ResultSet row = statement.executeQuery("""
				SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0)
				FROM pg_stat_xact_user_tables WHERE relname = 'events_delayed'
				""")) {
			row.next();
			return row.getLong(1);
		}
	}

	private DelayedStore.Moved move(@Nullable OffsetDateTime from, int limit) throws SQLException {
		try (Connection connection = database.transaction()) {
			DelayedStore.Moved moved = this.store.move(connection, DelayedStore.Place.before(from), limit);
			connection.commit();
			return moved;
		}
	}

	private static void fill(int count, String due) {
		database.execute(
				"""
						INSERT INTO events_delayed (due_at, event_id, bucket, type, partition_key, payload)
						SELECT clock_timestamp() %s, gen_random_uuid(), i %% 64, 'T', i::text, '{}' FROM generate_series(1, %d) i
						"""
					.formatted(due, count));
	}

	private static NewEvent delayed(int bucket, String key, Duration delay) {
		return new NewEvent(bucket, new EventId(UUID.randomUUID()), "T", null, key, "{}", null, 1, null,
				new DueTime(null, delay));
	}

	private static List<String> keys(String from) {
		return database.jdbc().sql("SELECT partition_key FROM " + from).query(String.class).list();
	}

}
