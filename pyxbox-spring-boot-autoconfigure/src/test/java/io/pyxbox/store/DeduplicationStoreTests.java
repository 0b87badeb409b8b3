package io.pyxbox.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DeduplicationStoreTests {

	private static final OutboxDatabase database = OutboxDatabase.create();

	private static final int FOR_THE_PLANNER = 10;

	private static final int CALLS_UNTIL_A_PLAN_IS_KEPT = 12;

	private final DeduplicationStore store = new DeduplicationStore(OutboxDatabase.EVENTS);

	@BeforeEach
	void clear() {
		database.clear();
	}

	@AfterAll
	static void dropDatabase() {
		database.close();
	}

	@Test
	void freesAllKeysBatchByBatch() throws SQLException {
		keys(250);

		OffsetDateTime from = null;
		try (Connection connection = database.connection()) {
			for (int expected : new int[] { 100, 100, 50 }) {
				DeduplicationStore.Looked looked = this.store.removeExpired(connection, from, 100);
				assertThat(looked.count()).isEqualTo(expected);
				from = looked.latest();
			}
		}

		assertThat(database.jdbc().sql("SELECT count(*) FROM events_deduplication").query(Integer.class).single())
			.isZero();
	}

	@Test
	void keysThatHaveNotExpiredAreNotRead() throws SQLException {
		database.execute("ALTER TABLE events_deduplication SET (autovacuum_enabled = off)");
		keys(100);
		database.execute("""
				INSERT INTO events_deduplication (key_id, key, event_id, bucket, after_id, expires_at)
				SELECT gen_random_uuid(), i::text, gen_random_uuid(), i % 64, 0,
				  now() + interval '1 hour' FROM generate_series(1, 100000) i
				""");

		for (int i = 0; i < CALLS_UNTIL_A_PLAN_IS_KEPT; i++) {
			assertThat(read(null, """
					SELECT coalesce(sum(seq_tup_read), 0) + coalesce(sum(idx_tup_fetch), 0)
					FROM pg_stat_xact_user_tables WHERE relname = 'events_deduplication'
					""")).isLessThanOrEqualTo(4 * 50 + FOR_THE_PLANNER);
		}
	}

	/**
	 * While somebody else's long transaction keeps what was freed.
	 */
	@Test
	void aBatchDoesNotStepOverThoseBeforeIt() throws SQLException {
		database.execute("ALTER TABLE events_deduplication SET (autovacuum_enabled = off)");
		keys(20_000);
		String entries = "SELECT pg_stat_get_xact_tuples_returned('events_dedup_expiry_idx'::regclass)";
		try (Connection old = database.transaction(); Connection connection = database.connection()) {
			OutboxDatabase.execute(old, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1");
			OffsetDateTime from = this.store.removeExpired(connection, null, 500).latest();

			assertThat(read(null, entries)).isGreaterThan(500);
			assertThat(read(from, entries)).isLessThanOrEqualTo(50 + FOR_THE_PLANNER);
		}
	}

	private long read(@Nullable OffsetDateTime from, String statistics) throws SQLException {
		try (Connection connection = database.transaction()) {
			assertThat(this.store.removeExpired(connection, from, 50).count()).isEqualTo(50);
			try (Statement statement = connection.createStatement();
					ResultSet row = statement.executeQuery(statistics)) {
				row.next();
				return row.getLong(1);
			}
			finally {
				connection.rollback();
			}
		}
	}

	private static void keys(int count) {
		database.execute("""
				INSERT INTO events_deduplication (key_id, key, event_id, bucket, after_id, expires_at)
				SELECT gen_random_uuid(), i::text, gen_random_uuid(), i %% 64, 0,
				  now() - interval '1 hour' + i * interval '1 millisecond' FROM generate_series(1, %d) i
				""".formatted(count));
	}

}
