package io.pyxbox.scenario;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import javax.sql.DataSource;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventEnvelope;
import io.pyxbox.EventId;
import io.pyxbox.InboxView;
import io.pyxbox.OutboxEvent;
import io.pyxbox.PyxboxException;
import io.pyxbox.TransactionRequiredException;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.datasource.DataSourceUtils;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.UnexpectedRollbackException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Events that a program pulls, in an application that has no listeners.
 */
class PullTests extends Scenario {

	private TestApplication application;

	private TransactionalInbox inbox;

	@BeforeEach
	void startApplication() {
		this.ledger.create();
		this.application = start(App.class);
		this.inbox = this.application.bean(TransactionalInbox.class);
	}

	@Test
	void anEventIsPulledOnceWithItsTypeAndItsFields() {
		EventId id = this.application.outbox()
			.emit(new Counted("a", 7), EmitOptions.none().withHeader("tenant", "blue"));
		List<EventEnvelope<Object>> pulled = new ArrayList<>();

		boolean first = this.inbox.next(pulled::add);
		boolean second = this.inbox.next(pulled::add);

		assertThat(first).isTrue();
		assertThat(second).isFalse();
		assertThat(pulled).singleElement().satisfies((envelope) -> {
			assertThat(envelope.event()).isEqualTo(new Counted("a", 7));
			assertThat(envelope.metadata().id()).isEqualTo(id);
			assertThat(envelope.metadata().type()).isEqualTo("counted");
			assertThat(envelope.metadata().headers()).containsEntry("tenant", "blue");
			assertThat(envelope.metadata().attempt()).isOne();
		});
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void whileOneHoldsTheFirstEventTheSecondIsPulledOnAnotherConnection() {
		emit(new Counted(null, 1));
		emit(new Counted(null, 2));
		List<Object> pulled = new ArrayList<>();

		this.inbox.next((first) -> {
			pulled.add(first.event());
			assertThat(this.inbox.next((second) -> {
				pulled.add(second.event());
				assertThat(this.inbox.next((third) -> pulled.add(third.event()))).isFalse();
			})).isTrue();
		});

		assertThat(pulled).containsExactly(new Counted(null, 1), new Counted(null, 2));
		assertThat(this.inbox.next((none) -> pulled.add(none.event()))).isFalse();
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void thatAlsoGoesForEventsOfOneTransaction() {
		this.application.outbox().emitAll(List.of(new Counted(null, 1), new Counted(null, 2), new Counted(null, 3)));

		this.inbox.next((first) -> this.inbox.next((second) -> {
			assertThat(first.event()).isEqualTo(new Counted(null, 1));
			assertThat(second.event()).isEqualTo(new Counted(null, 2));
			assertThat(this.inbox.next((third) -> assertThat(third.event()).isEqualTo(new Counted(null, 3)))).isTrue();
		}));

		assertThat(this.tables.events()).isZero();
	}

	@Test
	void whileOneHoldsAnEventTheNextOneOfAnotherKeyIsPulled() {
		emit(new Counted("a", 1));
		emit(new Counted("a", 2));
		emit(new Counted("b", 1));
		List<Object> inside = new ArrayList<>();

		this.inbox.next((first) -> {
			assertThat(first.event()).isEqualTo(new Counted("a", 1));
			while (this.inbox.next((next) -> inside.add(next.event()))) {
				assertThat(inside).hasSizeLessThan(3);
			}
		});

		assertThat(inside).containsExactly(new Counted("b", 1));
		assertThat(next()).isEqualTo(new Counted("a", 2));
	}

	@Test
	void aKeyWithThousandsOfEventsThatSomebodyHoldsKeepsNobodyFromTheOthersOfItsBucket() {
		List<String> keys = keysOfOneBucket(this.application, 2);
		this.application.outbox().emitAll(counted(keys.get(0), 1, 3_000));
		emit(new Counted(keys.get(1), 1));
		List<Object> inside = new ArrayList<>();

		this.inbox.next((first) -> this.inbox.next((second) -> inside.add(second.event())));

		assertThat(inside).containsExactly(new Counted(keys.get(1), 1));
		assertThat(this.tables.events()).isEqualTo(2_999);
	}

	@Test
	void anExceptionLeavesTheEventInItsPlaceAndReachesTheCaller() {
		this.application.outbox().emitAll(counted("a", 1, 2));

		assertThatExceptionOfType(IOException.class).isThrownBy(() -> this.inbox.next((event) -> {
			write(event);
			throw new IOException("a mishap");
		})).withMessage("a mishap");

		assertThat(this.ledger.size()).isZero();
		assertThat(this.tables.retries()).isZero();
		assertThat(next()).isEqualTo(new Counted("a", 1));
		assertThat(next()).isEqualTo(new Counted("a", 2));
	}

	@Test
	void anErrorDoesTheSame() {
		emit(new Counted("a", 1));

		assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> this.inbox.next((event) -> {
			write(event);
			throw new StackOverflowError();
		}));

		assertThat(this.ledger.size()).isZero();
		assertThat(next()).isEqualTo(new Counted("a", 1));
	}

	@Test
	void workThatWasRolledBackInsideLeavesTheEventInItsPlace() {
		emit(new Counted("a", 1));

		assertThatExceptionOfType(UnexpectedRollbackException.class).isThrownBy(() -> this.inbox.next((event) -> {
			write(event);
			this.application.transaction().executeWithoutResult((status) -> status.setRollbackOnly());
		}));

		assertThat(this.ledger.size()).isZero();
		assertThat(next()).isEqualTo(new Counted("a", 1));
	}

	@Test
	void aHandlerThatEndsTheTransactionIsToldSoAndItsEventStays() {
		emit(new Counted("a", 1));

		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.inbox.next((event) -> {
			write(event);
			onTheConnection(Connection::rollback);
		})).withMessageContaining("ended the transaction");
		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.inbox.take(2, (events) -> {
			onTheConnection(Connection::rollback);
		})).withMessageContaining("ended the transaction");

		assertThat(this.ledger.size()).isZero();
		assertThat(next()).isEqualTo(new Counted("a", 1));
	}

	@Test
	void aHandlerThatGoesOnAfterAStatementHasFailedIsToldSo() {
		emit(new Counted("a", 1));

		assertThatExceptionOfType(PyxboxException.class).isThrownBy(() -> this.inbox.next((event) -> {
			try {
				this.application.jdbc().sql("select 1 / 0").query(Integer.class).single();
			}
			catch (RuntimeException ex) {
				// Goes on as if nothing had happened.
			}
		})).withMessageContaining("A statement failed");

		assertThat(next()).isEqualTo(new Counted("a", 1));
	}

	@Test
	void whatTheHandlerWritesAndEmitsCommitsWithTheEvent() {
		emit(new Counted("a", 1));

		this.inbox.next((event) -> {
			write(event);
			emit(new Counted("a", 2));
			assertThat(this.ledger.size()).as("seen by others").isZero();
		});

		assertThat(this.ledger.numbers()).containsExactly(1);
		assertThat(next()).isEqualTo(new Counted("a", 2));
	}

	@Test
	void nextJoinsTheCallersTransaction() {
		this.application.outbox().emitAll(counted("a", 1, 3));

		this.application.inTransaction((status) -> {
			write(this.inbox.next().orElseThrow());
			write(this.inbox.next().orElseThrow());
			status.setRollbackOnly();
		});
		assertThat(this.ledger.size()).isZero();
		assertThat(this.tables.events()).isEqualTo(3);

		this.application.inTransaction(() -> {
			write(this.inbox.next().orElseThrow());
			write(this.inbox.next().orElseThrow());
		});
		assertThat(this.ledger.numbers()).containsExactly(1, 2);
		assertThat(next()).isEqualTo(new Counted("a", 3));
	}

	@Test
	void whatWasPulledInANestedTransactionIsGivenBackWithIt() {
		this.application.outbox().emitAll(counted("a", 1, 3));

		this.application.inTransaction(() -> {
			write(this.inbox.next().orElseThrow());
			this.application.transaction(TransactionDefinition.PROPAGATION_NESTED).executeWithoutResult((nested) -> {
				assertThat(this.inbox.next().map(EventEnvelope::event)).contains(new Counted("a", 2));
				nested.setRollbackOnly();
			});
			this.application.transaction(TransactionDefinition.PROPAGATION_NESTED)
				.executeWithoutResult((nested) -> write(this.inbox.next().orElseThrow()));
		});

		assertThat(this.ledger.numbers()).containsExactly(1, 2);
		assertThat(next()).isEqualTo(new Counted("a", 3));
	}

	@Test
	void nextBelongsToTheInnermostTransaction() {
		emit(new Counted(null, 1));
		emit(new Counted(null, 2));

		this.application.inTransaction((status) -> {
			assertThat(this.inbox.next().map(EventEnvelope::event)).contains(new Counted(null, 1));
			this.application.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
				.executeWithoutResult((inner) -> write(this.inbox.next().orElseThrow()));
			status.setRollbackOnly();
		});

		assertThat(this.ledger.numbers()).containsExactly(2);
		assertThat(next()).isEqualTo(new Counted(null, 1));
	}

	@Test
	void nextNeedsATransaction() {
		emit(new Counted("a", 1));

		assertThatExceptionOfType(TransactionRequiredException.class).isThrownBy(() -> this.inbox.next())
			.withMessageContaining("next(handler)");
		assertThat(this.tables.events()).isOne();
	}

	@Test
	void takesSeveralAtOnceAllOrNothing() {
		this.application.outbox().emitAll(counted("a", 1, 10));

		assertThatExceptionOfType(Mishap.class).isThrownBy(() -> this.inbox.take(4, (events) -> {
			events.forEach(this::write);
			throw new Mishap();
		}));
		assertThat(this.ledger.size()).isZero();
		int first = this.inbox.take(4, (events) -> events.forEach(this::write));
		int second = this.inbox.take(100, (events) -> events.forEach(this::write));
		int third = this.inbox.take(100, (events) -> events.forEach(this::write));

		assertThat(List.of(first, second, third)).containsExactly(4, 6, 0);
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 10));
	}

	@Test
	void takesEventsOfManyTransactionsAtOnce() {
		range(1, 200).forEach((number) -> emit(new Counted((number % 2 == 0) ? "key-" + number % 10 : null, number)));
		List<Counted> pulled = new ArrayList<>();

		int calls = 0;
		while (this.inbox.take(200, (events) -> events.forEach((event) -> pulled.add((Counted) event.event()))) > 0) {
			calls++;
		}

		assertThat(pulled).extracting(Counted::number).containsExactlyInAnyOrderElementsOf(range(1, 200));
		assertThat(pulled.stream().filter((event) -> event.key() != null).toList())
			.isSortedAccordingTo((one, other) -> one.key().equals(other.key()) ? one.number() - other.number() : 0);
		assertThat(calls).isLessThan(10);
	}

	@Test
	void refusesToTakeNothingAndTooMuch() {
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> this.inbox.take(0, (events) -> {
		}));
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> this.inbox.take(1001, (events) -> {
		}));
	}

	@Test
	void aViewHasOnlyEventsOfItsType() {
		emit(new Counted("a", 1));
		emit(new Note("x"));
		emit(new Counted("a", 2));

		InboxView<Note> notes = this.inbox.ofType(Note.class);
		List<String> texts = new ArrayList<>();
		while (notes.next((note) -> texts.add(note.event().text()))) {
			assertThat(texts).hasSizeLessThan(2);
		}

		assertThat(texts).containsExactly("x");
		assertThat(next()).isEqualTo(new Counted("a", 1));
	}

	@Test
	void aViewHasOnlyEventsOfItsTopics() {
		this.application.outbox().emit(new Counted("a", 1), EmitOptions.none().withTopic("red"));
		this.application.outbox().emit(new Counted("a", 2), EmitOptions.none().withTopic("blue"));
		emit(new Counted("a", 3));

		InboxView<Object> blue = this.inbox.ofTopics("blue", "green");
		List<Object> pulled = new ArrayList<>();
		while (blue.next((event) -> pulled.add(event.event()))) {
			assertThat(pulled).hasSizeLessThan(2);
		}

		assertThat(pulled).containsExactly(new Counted("a", 2));
		assertThat(this.tables.numbers()).containsExactly(1, 3);
	}

	@Test
	void aViewOfATypeThatNoEventHasIsRefused() {
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> this.inbox.ofType(Runnable.class))
			.withMessageContaining("java.lang.Runnable");
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> this.inbox.ofTopics());
	}

	@Test
	void eachConsumerHasAProgressOfItsOwn() {
		InboxView<Object> billing = this.inbox.forConsumer("billing").register();
		InboxView<Counted> shipping = this.inbox.forConsumer("shipping").ofType(Counted.class).register();
		this.application.outbox().emitAll(counted("a", 1, 2));
		emit(new Note("x"));

		List<Object> first = all(billing);
		assertThat(this.tables.numbers()).as("kept for shipping").containsExactly(1, 2);
		List<Object> second = all(shipping);

		assertThat(first).containsExactlyInAnyOrder(new Counted("a", 1), new Counted("a", 2), new Note("x"));
		assertThat(second).containsExactly(new Counted("a", 1), new Counted("a", 2));
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void oneTransactionPullsTheSameEventForSeveralConsumers() {
		InboxView<Object> billing = this.inbox.forConsumer("billing").register();
		InboxView<Object> shipping = this.inbox.forConsumer("shipping").register();
		emit(new Counted("a", 1));

		this.application.inTransaction(() -> {
			assertThat(billing.next().map(EventEnvelope::event)).contains(new Counted("a", 1));
			assertThat(shipping.next().map(EventEnvelope::event)).contains(new Counted("a", 1));
		});

		assertThat(this.tables.events()).isZero();
	}

	@Test
	void anEventThatCannotBeReadBecomesADeadLetterAndTheNextOneIsPulled() {
		this.application.outbox().emitAll(List.of(new Counted(null, 1), new Counted(null, 2), new Counted(null, 3)));
		this.tables.execute("update events set payload = '{\"number\": \"x\"}' where payload->>'number' <> '3'");

		assertThat(next()).isEqualTo(new Counted(null, 3));

		assertThat(this.tables.events()).isZero();
		assertThat(this.tables.deadLetters()).hasSize(2).allSatisfy((dead) -> {
			assertThat(dead.consumer()).isEqualTo("inbox");
			assertThat(dead.errorMessage()).contains("cannot be read");
		});
	}

	@Test
	void thatAlsoHappensInTheCallersTransaction() {
		this.application.outbox().emitAll(List.of(new Counted(null, 1), new Counted(null, 2)));
		this.tables.execute("update events set payload = '{\"number\": \"x\"}' where payload->>'number' = '1'");

		this.application.inTransaction(
				() -> assertThat(this.inbox.next().map(EventEnvelope::event)).contains(new Counted(null, 2)));

		assertThat(this.tables.events()).isZero();
		assertThat(this.tables.deadLetters()).hasSize(1);
	}

	@Test
	void anEventOfATypeThatIsUnknownHereStays() {
		emit(new Counted("a", 1));
		this.tables.execute("update events set type = 'of another version'");

		assertThat(this.inbox.next((event) -> this.ledger.size())).isFalse();
		assertThat(this.tables.events()).isOne();
	}

	@Test
	void readsLargeEvents() {
		emit(new Note("x".repeat(500_000)));
		emit(new Note("y".repeat(10)));
		List<Integer> lengths = new ArrayList<>();

		this.inbox.ofType(Note.class)
			.take(10, (events) -> events.forEach((event) -> lengths.add(event.event().text().length())));

		assertThat(lengths).containsExactly(500_000, 10);
	}

	private void emit(Object event) {
		this.application.outbox().emit(event);
	}

	private Object next() {
		List<Object> pulled = new ArrayList<>();
		this.inbox.next((event) -> pulled.add(event.event()));
		return Optional.of(pulled).filter((events) -> !events.isEmpty()).map((events) -> events.get(0)).orElseThrow();
	}

	private static List<Object> all(InboxView<?> view) {
		List<Object> pulled = new ArrayList<>();
		while (view.next((event) -> pulled.add(event.event()))) {
			assertThat(pulled).hasSizeLessThan(100);
		}
		return pulled;
	}

	private void onTheConnection(ConnectionWork work) throws SQLException {
		DataSource dataSource = this.application.bean(DataSource.class);
		Connection connection = DataSourceUtils.getConnection(dataSource);
		try {
			work.run(connection);
		}
		finally {
			DataSourceUtils.releaseConnection(connection, dataSource);
		}
	}

	private void write(EventEnvelope<?> event) {
		new Ledger(this.application.jdbc()).write((Counted) event.event(), event.metadata());
	}

	/**
	 * What somebody does with the connection of a transaction.
	 */
	private interface ConnectionWork {

		void run(Connection connection) throws SQLException;

	}

	@OutboxEvent(type = "note")
	record Note(String text) {
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class App {

	}

}
