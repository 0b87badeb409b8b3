package io.pyxbox.scenario;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.InvalidEventException;
import io.pyxbox.MessageId;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.store.DeduplicationStore;
import io.pyxbox.store.EventTable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.transaction.TransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Under a deduplication key one event is stored, whoever emits how often.
 */
class DeduplicationTests extends Scenario {

	private TestApplication application;

	private TransactionalOutbox outbox;

	@BeforeEach
	void startApplication() {
		this.application = prepare(LedgerApplication.class, "pyxbox.outbox.deduplication-window=1h");
		this.outbox = this.application.outbox();
	}

	@Test
	void theSecondOneIsNotStoredAndReturnsTheIdOfTheFirst() {
		EventId first = this.outbox.emit(new Counted("a", 1), once("k"));

		assertThat(this.outbox.emit(new Counted("a", 2), once("k"))).isEqualTo(first);
		assertThat(this.outbox.emit(new Counted("a", 3), once("other"))).isNotEqualTo(first);

		assertThat(this.tables.numbers()).containsExactly(1, 3);
	}

	@Test
	void soItIsInOneTransactionAndForDelayedEvents() {
		this.application.inTransaction(() -> {
			EventId first = this.outbox.emit(new Counted("a", 1), once("k").notBefore(Duration.ofHours(1)));
			assertThat(this.outbox.emit(new Counted("a", 2), once("k"))).isEqualTo(first);
		});

		assertThat(this.tables.events()).isZero();
		assertThat(this.tables.count("events_delayed")).isOne();
	}

	@Test
	void aRollbackFreesTheKey() {
		this.application.inTransaction((status) -> {
			this.outbox.emit(new Counted("a", 1), once("k"));
			status.setRollbackOnly();
		});
		this.application.inTransaction(() -> this.application.transaction(TransactionDefinition.PROPAGATION_NESTED)
			.executeWithoutResult((status) -> {
				this.outbox.emit(new Counted("a", 2), once("k"));
				status.setRollbackOnly();
			}));

		this.outbox.emit(new Counted("a", 3), once("k"));

		assertThat(this.tables.numbers()).containsExactly(3);
	}

	@Test
	void aConcurrentOneWaitsForTheFirst() {
		assertThatTheSecondOneWaits(this.outbox);
	}

	@Test
	void soItDoesWithoutATransactionWhateverTheLevelOfThePool() {
		assertThatTheSecondOneWaits(prepare(LedgerApplication.class,
				"spring.datasource.hikari.transaction-isolation=TRANSACTION_SERIALIZABLE")
			.outbox());
	}

	private void assertThatTheSecondOneWaits(TransactionalOutbox other) {
		CountDownLatch emitted = new CountDownLatch(1);
		CountDownLatch go = new CountDownLatch(1);
		Future<@Nullable EventId> first = this.threads.submit(() -> this.application.transaction().execute((status) -> {
			EventId id = this.outbox.emit(new Counted("a", 1), once("k"));
			emitted.countDown();
			awaitLatch(go);
			return id;
		}));
		awaitLatch(emitted);

		Future<EventId> second = this.threads.submit(() -> other.emit(new Counted("a", 2), once("k")));
		await().until(() -> this.tables.jdbc().sql("""
				select count(*) from pg_stat_activity
				where datname = current_database() and wait_event_type = 'Lock'
				""").query(Integer.class).single() == 1);
		assertThat(second.isDone()).isFalse();
		go.countDown();

		assertThat(result(second)).isEqualTo(result(first));
		assertThat(this.tables.numbers()).containsExactly(1);
	}

	@Test
	void inARaceOneIsStoredForEachKey() {
		Set<EventId> stored = new HashSet<>();

		for (int round = 0; round < 150; round++) {
			EmitOptions options = once("key-" + round);
			List<Future<@Nullable EventId>> racing = IntStream.range(0, 4)
				.mapToObj((i) -> this.threads.submit(() -> emitOrRollBack(i, options)))
				.toList();
			Set<EventId> returned = racing.stream()
				.map(Scenario::result)
				.filter(Objects::nonNull)
				.collect(Collectors.toSet());
			assertThat(returned).hasSize(1);
			stored.addAll(returned);
		}

		assertThat(this.tables.rows()).extracting((row) -> new EventId(row.eventId()))
			.containsExactlyInAnyOrderElementsOf(stored);
	}

	private @Nullable EventId emitOrRollBack(int number, EmitOptions options) {
		return this.application.transaction().execute((status) -> {
			EventId id = this.outbox.emit(new Counted("a", number), options);
			if (number == 0) {
				status.setRollbackOnly();
			}
			return (number == 0) ? null : id;
		});
	}

	@Test
	void theKeyIsFreeWhenTheWindowIsOverAndTheEventIsGone() throws SQLException {
		EventId first = this.outbox.emit(new Counted("a", 1), once("k"));
		EventId delayed = this.outbox.emit(new Counted("a", 2), once("later").notBefore(Duration.ofHours(5)));

		free();
		assertThat(this.outbox.emit(new Counted("a", 3), once("k"))).as("within the window").isEqualTo(first);
		this.tables.execute("update events_deduplication set expires_at = expires_at - interval '7 hours'");
		free();
		assertThat(this.outbox.emit(new Counted("a", 3), once("k"))).as("still waits").isEqualTo(first);
		assertThat(this.outbox.emit(new Counted("a", 3), once("later"))).as("still delayed").isEqualTo(delayed);
		assertThat(this.tables.count("events_deduplication join events_delayed on expires_at = due_at"))
			.as("not looked at until then")
			.isOne();
		this.tables.execute("delete from events");
		windowIsOver();
		free();

		assertThat(this.outbox.emit(new Counted("a", 4), once("k"))).isNotEqualTo(first);
		assertThat(this.tables.numbers()).containsExactly(4);
	}

	@Test
	void whoeverPollsFreesKeys() {
		this.ledger.create();
		this.outbox.emit(new Counted("a", 1), once("k"));
		this.tables.execute("""
				insert into events_deduplication (key_id, key, event_id, bucket, after_id, expires_at)
				select gen_random_uuid(), i::text, gen_random_uuid(), 1, 0, now() from generate_series(1, 1000) i
				""");
		EventId waiting = this.outbox.emit(new Counted("a", 2), once("later").notBefore(Duration.ofHours(5)));
		windowIsOver();

		start(CancelTests.App.class);

		await().until(() -> this.tables.count("events_deduplication") == 1);
		assertThat(this.outbox.emit(new Counted("a", 3), once("later"))).isEqualTo(waiting);
	}

	@Test
	void cancellingFreesTheKey() {
		EmitOptions later = once("k").notBefore(Duration.ofHours(1));
		EventId first = this.outbox.emit(new Counted("a", 1), later);

		assertThat(this.outbox.cancel(first)).isTrue();
		EventId second = this.outbox.emit(new Counted("a", 2), later);
		this.application.inTransaction(() -> {
			EventId third = this.outbox.emit(new Counted("a", 3), once("k2"));
			assertThat(this.outbox.cancel(third)).isTrue();
			assertThat(this.outbox.emit(new Counted("a", 4), once("k2"))).isNotEqualTo(third);
		});

		assertThat(second).isNotEqualTo(first);
		assertThat(this.tables.count("events_delayed")).isOne();
		assertThat(this.tables.numbers()).containsExactly(4);
	}

	@Test
	void aKeyIsATextAndNothingElse() {
		String uuid = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

		EventId first = this.outbox.emit(new Counted("a", 1), once(uuid));

		assertThat(this.outbox.emit(new Counted("a", 2), once(uuid.toUpperCase()))).isNotEqualTo(first);
		assertThat(this.outbox.emit(new Counted("a", 3), once(MessageId.of("k").value().toString())))
			.isNotEqualTo(this.outbox.emit(new Counted("a", 4), once("k")));
		assertThat(this.tables.numbers()).containsExactly(1, 2, 3, 4);
	}

	@Test
	void keysThatCannotBeStoredAreRefused() {
		assertThatExceptionOfType(InvalidEventException.class)
			.isThrownBy(() -> this.outbox.emit(new Counted("a", 1), once("nul\0")))
			.withMessageContaining("deduplication key");
		assertThatIllegalArgumentException().isThrownBy(() -> once(""));
	}

	@Test
	void whoeverUsesNoKeyPaysNothing() {
		this.outbox.emit(new Counted("a", 1));

		assertThat(this.tables.count("events_deduplication")).isZero();
	}

	@Test
	void theWindowOfADelayedEventBeginsWhenItIsDue() throws SQLException {
		EventId first = this.outbox.emit(new Counted("a", 1), once("k").notBefore(Duration.ofHours(5)));
		EventId second = this.outbox.emit(new Counted("a", 2), once("l").notBefore(inFiveHours()));
		this.tables.execute("update events_deduplication set expires_at = expires_at - interval '5 hours'");
		this.tables.execute("delete from events_delayed");

		free();

		assertThat(this.outbox.emit(new Counted("a", 3), once("k"))).as("delivered just now").isEqualTo(first);
		assertThat(this.outbox.emit(new Counted("a", 3), once("l"))).as("delivered just now").isEqualTo(second);
		windowIsOver();
		free();
		assertThat(this.outbox.emit(new Counted("a", 4), once("k"))).isNotEqualTo(first);
		assertThat(this.outbox.emit(new Counted("a", 5), once("l"))).isNotEqualTo(second);
	}

	/** By the clock of the database. */
	private Instant inFiveHours() {
		return this.tables.jdbc()
			.sql("select clock_timestamp() + interval '5 hours'")
			.query(OffsetDateTime.class)
			.single()
			.toInstant();
	}

	private void windowIsOver() {
		this.tables.execute("update events_deduplication set expires_at = expires_at - interval '2 hours'");
	}

	private void free() throws SQLException {
		try (Connection connection = this.database.dataSource().getConnection()) {
			new DeduplicationStore(new EventTable("public", "events")).removeExpired(connection, null, 100);
		}
	}

	private static EmitOptions once(String key) {
		return EmitOptions.none().withDeduplicationKey(key);
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
