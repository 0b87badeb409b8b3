package io.pyxbox.scenario;

import java.util.List;

import io.pyxbox.scenario.WorkingListeners.ByChunk;
import io.pyxbox.scenario.WorkingListeners.ByEnvelope;
import io.pyxbox.scenario.WorkingListeners.ByEvent;
import io.pyxbox.scenario.WorkingListeners.ByList;
import io.pyxbox.scenario.WorkingListeners.Faults;
import io.pyxbox.scenario.WorkingListeners.Transactionally;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 3: a transactional listener's writes and the completion of its event commit
 * together, or not at all.
 */
class ExactlyOnceEffectTests extends ChunkScenario {

	static List<Class<?>> listeners() {
		return List.of(ByEvent.class, ByEnvelope.class, ByChunk.class, ByList.class, Transactionally.class);
	}

	@ParameterizedTest
	@MethodSource("listeners")
	void theNeighboursOfAnEventThatAlwaysFailsHaveTheirEffectOnce(Class<?> listener) {
		TestApplication application = prepare(listener, "pyxbox.retry.max-attempts=3");

		neighboursOfAnEventThatAlwaysFails(application);
	}

	@ParameterizedTest
	@ValueSource(classes = { ByEvent.class, ByList.class, Transactionally.class })
	void withJpaTheNeighboursOfAnEventThatAlwaysFailsHaveTheirEffectOnce(Class<?> listener) {
		TestApplication application = prepare(listener, JPA, "pyxbox.retry.max-attempts=3");
		assertThat(application.bean(PlatformTransactionManager.class)).isInstanceOf(JpaTransactionManager.class);

		neighboursOfAnEventThatAlwaysFails(application);
	}

	private void neighboursOfAnEventThatAlwaysFails(TestApplication application) {
		application.bean(Faults.class).always().add(BAD);
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotContain(BAD)
			.containsExactlyInAnyOrderElementsOf(range(1, 50).stream().filter((number) -> number != BAD).toList());
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.number()).isEqualTo("" + BAD);
			assertThat(dead.attempts()).isEqualTo(3);
			assertThat(dead.errorClass()).isEqualTo(Mishap.class.getName());
		});
		assertThat(this.tables.retries()).isZero();
		// Follow-ups exist if and only if the work that emitted them was committed.
		assertThat(followUps()).containsExactlyInAnyOrderElementsOf(this.ledger.numbers());
	}

	@ParameterizedTest
	@MethodSource("listeners")
	void anEventThatFailsOnceHasItsEffectOnceAndSoHaveItsNeighbours(Class<?> listener) {
		TestApplication application = prepare(listener);

		eventThatFailsOnce(application);
	}

	@ParameterizedTest
	@ValueSource(classes = { ByEvent.class, ByList.class, Transactionally.class })
	void withJpaAnEventThatFailsOnceHasItsEffectOnceAndSoHaveItsNeighbours(Class<?> listener) {
		TestApplication application = prepare(listener, JPA);

		eventThatFailsOnce(application);
	}

	private void eventThatFailsOnce(TestApplication application) {
		application.bean(Faults.class).once().add(BAD);
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.ledger.numbers()).containsExactlyInAnyOrderElementsOf(range(1, 50));
		assertThat(followUps()).containsExactlyInAnyOrderElementsOf(range(1, 50));
		assertThat(this.tables.retries()).isZero();
	}

	@ParameterizedTest
	@ValueSource(classes = { ByEvent.class, ByEnvelope.class, Transactionally.class })
	void eventsStandAloneSoTheNeighboursOfAFailedOneAreNotCalledAgain(Class<?> listener) {
		TestApplication application = prepare(listener, "pyxbox.retry.max-attempts=3");
		application.bean(Faults.class).always().add(BAD);
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		Journal journal = application.bean(Journal.class);
		assertThat(journal.numbers()).hasSize(52);
		assertThat(journal.callsOf(BAD)).extracting(Journal.Call::attempt).containsExactly(1, 2, 3);
	}

	@ParameterizedTest
	@MethodSource("listeners")
	void manyFailuresInAChunkOfOneKeyOvertakeNobody(Class<?> listener) {
		TestApplication application = prepare(listener);
		List<Integer> failing = List.of(1, 2, 3, 10, 30, 49, 50);
		application.bean(Faults.class).once().addAll(failing);
		application.outbox().emitAll(counted("a", 1, 50));

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 50));
	}

	@ParameterizedTest
	@ValueSource(classes = { ByEvent.class, ByChunk.class, ByList.class })
	void whatFailsAtTheCommitFailsAlone(Class<?> listener) {
		TestApplication application = prepare(listener, "pyxbox.retry.max-attempts=2");
		this.tables.execute("""
				create function refuse() returns trigger language plpgsql as $$
				begin
				  if new.number = 17 then raise exception 'never seventeen'; end if;
				  return null;
				end $$
				""");
		this.tables.execute("create constraint trigger refuse after insert on ledger deferrable initially deferred "
				+ "for each row execute function refuse()");
		emitChunk(application);

		application.start();

		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotContain(BAD).hasSize(49).doesNotHaveDuplicates();
		assertThat(followUps()).containsExactlyInAnyOrderElementsOf(this.ledger.numbers());
		assertThat(this.tables.deadLetters()).singleElement().satisfies((dead) -> {
			assertThat(dead.number()).isEqualTo("" + BAD);
			assertThat(dead.attempts()).isEqualTo(2);
			assertThat(dead.stackTrace()).contains("never seventeen");
		});
	}

	@Test
	void cuttingTheConnectionsLosesAndDoublesNothing() {
		TestApplication application = prepare(ByEvent.class, "pyxbox.poller.batch-size=20",
				"pyxbox.retry.max-attempts=100");
		for (int key = 0; key < 10; key++) {
			application.outbox().emitAll(counted("key-" + key, 1, 400));
		}
		application.start();

		for (int cut = 1; cut <= 5; cut++) {
			int soFar = cut * 600;
			await().until(() -> this.ledger.size() > soFar);
			this.tables.terminateOtherBackends();
		}

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events(), 10, 400)).isEmpty();
		assertThat(followUps()).hasSize(4000);
		assertThat(this.tables.deadLetters()).isEmpty();
	}

}
