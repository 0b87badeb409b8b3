package io.pyxbox.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;

import io.pyxbox.testdatabase.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

import static org.assertj.core.api.Assertions.assertThat;

class TableObserverTests {

	private static final TestDatabase.Server server = TestDatabase.Server
		.start(Map.of("max_prepared_transactions", "5"));

	private static final OutboxDatabase database = OutboxDatabase.on(server);

	private static final OutboxDatabase other = OutboxDatabase.on(server);

	private final TableObserver observer = new TableObserver(OutboxDatabase.EVENTS);

	@BeforeAll
	static void createATableOfTheApplication() {
		database.execute("CREATE TABLE orders (id bigint)");
	}

	@BeforeEach
	void emptyTables() {
		database.clear();
	}

	@AfterAll
	static void stopServer() {
		other.close();
		database.close();
		server.close();
	}

	@Test
	void findsTheNewestEventOfEachBucket() throws SQLException {
		database.store(event(0), event(0), event(63), event(7));

		TableLook look = look(new long[Buckets.COUNT]);

		long[] newest = look.newestIds();
		assertThat(look.lastDrawnId()).isEqualTo(4);
		assertThat(newest).hasSize(Buckets.COUNT);
		assertThat(newest[0]).isEqualTo(2);
		assertThat(newest[63]).isEqualTo(3);
		assertThat(newest[7]).isEqualTo(4);
		assertThat(newest[1]).isEqualTo(-1);
	}

	@Test
	void looksNoFurtherThanFromWhereItWasTold() throws SQLException {
		database.store(event(0), event(1), event(0), event(1));
		long[] from = new long[Buckets.COUNT];
		from[0] = 3;
		from[1] = 5;

		long[] newest = look(from).newestIds();

		assertThat(newest[0]).isEqualTo(3);
		assertThat(newest[1]).isEqualTo(-1);
	}

	@Test
	void knowsWhichIdWasDrawnLast() throws SQLException {
		assertThat(sample()).isEqualTo(new WriterSample(0, Set.of()));

		database.store(event(0));
		assertThat(sample()).isEqualTo(new WriterSample(1, Set.of()));

		database.store(event(0), event(0));
		assertThat(sample()).isEqualTo(new WriterSample(3, Set.of()));
	}

	@Test
	void seesWhoHasDrawnAnIdUntilItsTransactionEnds() throws SQLException {
		try (Connection writer = database.transaction(); Connection another = database.transaction()) {
			OutboxDatabase.append(writer, event(0));
			OutboxDatabase.append(another, event(1));
			WriterSample both = sample();
			writer.rollback();
			WriterSample one = sample();
			another.commit();

			assertThat(both.lastDrawnId()).isEqualTo(2);
			assertThat(both.writers()).hasSize(2);
			assertThat(one.writers()).hasSize(1).isSubsetOf(both.writers());
			assertThat(sample().writers()).isEmpty();
		}
	}

	@Test
	void tellsTheTransactionsOfOneConnectionApart() throws SQLException {
		try (Connection writer = database.transaction()) {
			OutboxDatabase.append(writer, event(0));
			WriterSample first = sample();
			writer.commit();
			OutboxDatabase.append(writer, event(0));

			assertThat(sample().writers()).hasSize(1).doesNotContainAnyElementsOf(first.writers());
		}
	}

	@Test
	void seesAWriterBeforeItHasDrawnItsFirstId() throws SQLException {
		try (Connection writer = database.transaction()) {
			OutboxDatabase.execute(writer, "INSERT INTO events (bucket, event_id, type, payload) "
					+ "SELECT 0, gen_random_uuid(), 'T', '{}' WHERE false");

			assertThat(sample().lastDrawnId()).isZero();
			assertThat(sample().writers()).hasSize(1);
		}
	}

	@Test
	void doesNotMindTransactionsThatNeverWriteToTheTable() throws SQLException {
		try (Connection reader = database.transaction();
				Connection business = database.transaction();
				Connection elsewhere = other.transaction()) {
			OutboxDatabase.execute(reader, "SELECT * FROM events");
			OutboxDatabase.execute(business, "INSERT INTO orders VALUES (1)");
			OutboxDatabase.append(elsewhere, event(0));

			assertThat(sample().writers()).isEmpty();
		}
	}

	@Test
	void seesAPreparedTransactionUnderAnotherName() throws SQLException {
		try (Connection writer = database.connection()) {
			OutboxDatabase.execute(writer, "BEGIN");
			OutboxDatabase.append(writer, event(0));
			WriterSample before = sample();
			OutboxDatabase.execute(writer, "PREPARE TRANSACTION 'order'");
			WriterSample prepared = sample();
			OutboxDatabase.execute(writer, "COMMIT PREPARED 'order'");

			assertThat(prepared.writers()).singleElement()
				.satisfies((name) -> assertThat(name).startsWith("prepared/"))
				.isNotIn(before.writers());
			assertThat(sample()).isEqualTo(new WriterSample(1, Set.of()));
		}
	}

	@Test
	void holdsNoSnapshotBetweenTwoLooks() throws SQLException {
		try (Connection connection = database.connection()) {
			this.observer.look(connection, new long[Buckets.COUNT]);
			this.observer.sampleWriters(connection);

			assertThat(database.jdbc()
				.sql("SELECT state || ' ' || coalesce(backend_xmin::text, '-') FROM pg_stat_activity WHERE pid = ?")
				.param(connection.unwrap(PGConnection.class).getBackendPID())
				.query(String.class)
				.single()).isEqualTo("idle -");
		}
	}

	@Test
	void findsTheKindsOfEventsThatWait() throws SQLException {
		database.store(OutboxDatabase.event(0, null, "B"), OutboxDatabase.event(0, null, "A"),
				OutboxDatabase.event(63, null, "C"), OutboxDatabase.event(5, null, "A"));
		database.execute("UPDATE events SET topic = 'orders', completed_by = '{mail,stock}' WHERE id = 3");

		try (Connection connection = database.connection()) {
			assertThat(this.observer.waitingKinds(connection)).containsExactlyInAnyOrder(
					new WaitingKind("A", null, Set.of()), new WaitingKind("B", null, Set.of()),
					new WaitingKind("C", "orders", Set.of("mail", "stock")));
		}
	}

	@Test
	void findsTheVersionsOfEventsThatWait() throws SQLException {
		database.store(OutboxDatabase.event(0, null, "A"), OutboxDatabase.event(1, null, "A"));
		database.execute("UPDATE events SET version = 2 WHERE id = 2");

		try (Connection connection = database.connection()) {
			assertThat(this.observer.waitingKinds(connection)).containsExactlyInAnyOrder(
					new WaitingKind("A", null, Set.of(), 1), new WaitingKind("A", null, Set.of(), 2));
		}
	}

	private WriterSample sample() throws SQLException {
		try (Connection connection = database.connection()) {
			return this.observer.sampleWriters(connection);
		}
	}

	private TableLook look(long[] fromIds) throws SQLException {
		try (Connection connection = database.connection()) {
			return this.observer.look(connection, fromIds);
		}
	}

	private static NewEvent event(int bucket) {
		return OutboxDatabase.event(bucket, null);
	}

}
