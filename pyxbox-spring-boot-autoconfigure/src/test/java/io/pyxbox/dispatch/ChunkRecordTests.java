package io.pyxbox.dispatch;

import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Claim;
import io.pyxbox.store.DeadDelivery;
import io.pyxbox.store.FailedDelivery;
import io.pyxbox.store.Settlement;
import io.pyxbox.store.StoredEvent;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

class ChunkRecordTests {

	private static final long READ_FROM = 4;

	private static final long SETTLED = 1_000;

	private final StubTarget target = StubTarget.named("mail");

	private final IllegalStateException cause = new IllegalStateException("no stock");

	@Test
	void settlesEachEventByItsOwnOutcome() {
		StoredEvent done = StubTarget.event(1, "a");
		StoredEvent failing = StubTarget.event(2, "b", 1);
		StoredEvent last = StubTarget.event(3, "c", 2);
		StoredEvent untouched = StubTarget.event(4, "d");
		ChunkRecord record = record(done, failing, last, untouched);

		record.completed(done);
		record.failed(failing, this.cause);
		record.failed(last, this.cause);

		Settlement settlement = record.settlement();
		assertThat(settlement.completed()).containsExactly(done);
		assertThat(settlement.failed())
			.containsExactly(new FailedDelivery(failing, Duration.ofMillis(200), false, this.cause.toString()));
		assertThat(settlement.dead()).singleElement().satisfies((dead) -> {
			assertThat(dead.event()).isSameAs(last);
			assertThat(dead.errorClass()).isEqualTo("java.lang.IllegalStateException");
			assertThat(dead.errorMessage()).isEqualTo("no stock");
			assertThat(dead.stackTrace()).contains("no stock");
		});
		assertThat(record.handled()).isEqualTo(3);
	}

	@Test
	void givesUpWhatCannotBeDecodedAtTheFirstAttempt() {
		StoredEvent event = StubTarget.event(1, "a");
		ChunkRecord record = record(event);

		record.failed(event, new UndecodableEventException("not JSON", null));

		assertThat(record.settlement().dead()).extracting(DeadDelivery::event).containsExactly(event);
		assertThat(record.settlement().failed()).isEmpty();
	}

	@Test
	void holdsBackTheKeyOfAnEventThatIsTriedAgain() {
		StoredEvent failing = StubTarget.event(1, "a");
		ChunkRecord record = record(failing);

		record.failed(failing, this.cause);

		assertThat(record.isHeld(StubTarget.event(2, "a"))).isTrue();
		assertThat(record.isHeld(StubTarget.event(2, "b"))).isFalse();
		assertThat(record.isHeld(StubTarget.event(2, null))).isFalse();
	}

	@Test
	void letsAKeyGoOnAfterADeadLetter() {
		StoredEvent last = StubTarget.event(1, "a", 2);
		ChunkRecord record = record(last);

		record.failed(last, this.cause);

		assertThat(record.isHeld(StubTarget.event(2, "a"))).isFalse();
	}

	@Test
	void holdsBackNothingForAnEventWithoutAKey() {
		StoredEvent failing = StubTarget.event(1, null);
		ChunkRecord record = record(failing);

		record.failed(failing, this.cause);

		assertThat(record.isHeld(StubTarget.event(2, null))).isFalse();
	}

	@Test
	void goesOnAfterWhatWasSettledWhenEverythingIsDone() {
		StoredEvent event = StubTarget.event(10, "a");
		ChunkRecord record = record(event);
		record.completed(event);

		assertThat(record.progress(Map.of(), SETTLED)).isEqualTo(new LaneProgress(SETTLED + 1, Map.of()));
		assertThat(record.progress(Map.of(), 5)).isEqualTo(new LaneProgress(6, Map.of()));
	}

	@Test
	void goesOnAfterTheLastEventOfAFullBatch() {
		StoredEvent event = StubTarget.event(10, "a");
		ChunkRecord record = new ChunkRecord(this.target, claim(true, null, event));
		record.completed(event);

		assertThat(record.progress(Map.of(), SETTLED).hint()).isEqualTo(11);
		assertThat(record.progress(Map.of(), 5).hint()).isEqualTo(6);
	}

	@Test
	void goesOnWithTheFirstEventThatIsStillThere() {
		StoredEvent done = StubTarget.event(10, "a");
		StoredEvent untouched = StubTarget.event(20, "b");
		ChunkRecord record = record(done, untouched);
		record.completed(done);

		assertThat(record.progress(Map.of(), SETTLED).hint()).isEqualTo(20);
		assertThat(record.progress(Map.of(), 5).hint()).isEqualTo(6);
	}

	@Test
	void passesAFailingEventAndItsFollowersButKeepsWhereTheyBegin() {
		StoredEvent failing = StubTarget.event(20, "b");
		StoredEvent follower = StubTarget.event(30, "b");
		ChunkRecord record = record(failing, follower);
		record.failed(failing, this.cause);

		assertThat(record.progress(Map.of(), SETTLED)).isEqualTo(new LaneProgress(SETTLED + 1, Map.of(20L, 20L)));
		assertThat(record.progress(Map.of(), 5)).isEqualTo(new LaneProgress(6, Map.of(20L, 6L)));
	}

	@Test
	void keepsWhereItReadFromForWhatIsFailingElsewhere() {
		ChunkRecord record = new ChunkRecord(this.target,
				new Claim(true, List.of(), false, READ_FROM, Long.MAX_VALUE, Set.of(7L, 8L), Duration.ofSeconds(9)));

		assertThat(record.progress(Map.of(8L, 2L), SETTLED))
			.isEqualTo(new LaneProgress(SETTLED + 1, Map.of(7L, READ_FROM, 8L, 2L)));
	}

	@Test
	void goesBackToTheFollowersOfAnEventThatFailsNoMore() {
		StoredEvent due = StubTarget.event(20, "b", 1);
		ChunkRecord record = new ChunkRecord(this.target,
				new Claim(true, List.of(due), false, 500, Long.MAX_VALUE, Set.of(20L), null));
		record.completed(due);

		assertThat(record.progress(Map.of(20L, 15L), SETTLED)).isEqualTo(new LaneProgress(15, Map.of()));
		assertThat(record.outcome()).isEqualTo(new LaneOutcome.More());
	}

	@Test
	void leavesADeadLetterBehind() {
		StoredEvent last = StubTarget.event(10, "a", 2);
		StoredEvent untouched = StubTarget.event(20, "b");
		ChunkRecord record = record(last, untouched);
		record.failed(last, this.cause);

		assertThat(record.progress(Map.of(), SETTLED)).isEqualTo(new LaneProgress(20, Map.of()));
	}

	@Test
	void blocksTheKeyIfItsConsumerWantsThat() {
		StoredEvent last = StubTarget.event(10, "a", 2);
		ChunkRecord record = new ChunkRecord(this.target.blocking(), claim(false, null, last));

		record.failed(last, this.cause);

		assertThat(record.isHeld(StubTarget.event(11, "a"))).isTrue();
		assertThat(record.settlement().dead()).extracting(DeadDelivery::event).containsExactly(last);
		assertThat(record.settlement().failed())
			.containsExactly(new FailedDelivery(last, null, false, this.cause.toString()));
		assertThat(record.progress(Map.of(), SETTLED)).isEqualTo(new LaneProgress(SETTLED + 1, Map.of(10L, 10L)));
	}

	@Test
	void leavesAnEventThatAProcessDiedOfToBeDeliveredAlone() {
		StoredEvent suspect = StubTarget.crashed(10, "a");
		StoredEvent other = StubTarget.event(20, "b");
		ChunkRecord record = record(suspect, other);

		assertThat(record.deliverable(false)).containsExactly(other);
		assertThat(record.suspect()).isEqualTo(10);
		assertThat(record.outcome()).isEqualTo(new LaneOutcome.More());
		assertThat(record(suspect).deliverable(true)).containsExactly(suspect);
	}

	@Test
	void forgivesWhatFailedWhileTheDestinationWasDown() {
		StoredEvent failing = StubTarget.event(1, "a");
		StoredEvent last = StubTarget.event(2, "b", 2);
		StoredEvent bad = StubTarget.event(3, "c");
		ChunkRecord record = record(failing, last, bad);
		record.failed(failing, new IllegalStateException(new ConnectException("refused")));
		record.failed(last, new ConnectException("refused"));
		record.failed(bad, this.cause);

		record.forgive();

		assertThat(record.settlement().failed()).extracting(FailedDelivery::event).containsExactly(bad);
		assertThat(record.settlement().dead()).isEmpty();
		assertThat(record.outcome()).isEqualTo(new LaneOutcome.More());
	}

	@Test
	void doesNotForgiveWhatWasGivenUpAndOvertaken() {
		StoredEvent last = StubTarget.event(1, "a", 2);
		StoredEvent follower = StubTarget.event(2, "a");
		ChunkRecord record = record(last, follower);
		record.failed(last, new ConnectException("refused"));
		record.completed(follower);

		record.forgive();

		assertThat(record.settlement().dead()).extracting(DeadDelivery::event).containsExactly(last);
	}

	@Test
	void runsAgainAtOnceIfThereMayBeMore() {
		StoredEvent event = StubTarget.event(10, "a");
		ChunkRecord full = new ChunkRecord(this.target, claim(true, null, event));
		ChunkRecord ended = record(event);
		ended.endEarly();

		assertThat(full.outcome()).isEqualTo(new LaneOutcome.More());
		assertThat(ended.outcome()).isEqualTo(new LaneOutcome.More());
	}

	@Test
	void runsAgainWhenTheFirstOfItsFailuresIsDue() {
		StoredEvent second = StubTarget.event(10, "a", 1);
		StoredEvent first = StubTarget.event(11, "b", 0);
		ChunkRecord record = new ChunkRecord(this.target, claim(false, Duration.ofMillis(150), second, first));
		record.failed(second, this.cause);
		assertThat(record.outcome()).isEqualTo(new LaneOutcome.Drained(1, Duration.ofMillis(150)));

		record.failed(first, this.cause);
		assertThat(record.outcome()).isEqualTo(new LaneOutcome.Drained(2, Duration.ofMillis(100)));
	}

	@Test
	void runsNoMoreOfItsOwnAccordWhenEverythingIsDone() {
		StoredEvent event = StubTarget.event(10, "a");
		ChunkRecord record = record(event);
		record.completed(event);

		assertThat(record.outcome()).isEqualTo(new LaneOutcome.Drained(1, null));
	}

	@Test
	void tellsOfFailuresAndOfDeadLetters() {
		StoredEvent failing = StubTarget.event(1, "a");
		StoredEvent last = StubTarget.event(2, "b", 2);
		ChunkRecord record = record(failing, last);
		record.failed(failing, this.cause);
		record.failed(last, this.cause);
		List<String> told = new ArrayList<>();

		record.tell(new DeliveryObserver() {

			@Override
			public void willRetry(ConsumerId consumer, StoredEvent event, Duration nextAttemptIn, Throwable cause) {
				told.add(consumer + " retries " + event.id() + " in " + nextAttemptIn.toMillis() + ": "
						+ cause.getMessage());
			}

			@Override
			public void gaveUp(ConsumerId consumer, StoredEvent event, Throwable cause) {
				told.add(consumer + " gave up " + event.id() + ": " + cause.getMessage());
			}

			@Override
			public void paused(ConsumerId consumer, Throwable cause) {
				told.add(consumer + " is paused");
			}

			@Override
			public void resumed(ConsumerId consumer) {
				told.add(consumer + " goes on");
			}

		});

		assertThat(told).containsExactly("mail retries 1 in 100: no stock", "mail gave up 2: no stock");
	}

	@Test
	void doesNotMindAnObserverThatFails() {
		StoredEvent failing = StubTarget.event(1, "a");
		ChunkRecord record = record(failing);
		record.failed(failing, this.cause);

		assertThatCode(() -> record.tell(new DeliveryObserver() {

			@Override
			public void willRetry(ConsumerId consumer, StoredEvent event, Duration nextAttemptIn, Throwable cause) {
				throw new IllegalStateException("broken");
			}

			@Override
			public void gaveUp(ConsumerId consumer, StoredEvent event, Throwable cause) {
				throw new IllegalStateException("broken");
			}

			@Override
			public void paused(ConsumerId consumer, Throwable cause) {
				throw new IllegalStateException("broken");
			}

			@Override
			public void resumed(ConsumerId consumer) {
				throw new IllegalStateException("broken");
			}

		})).doesNotThrowAnyException();
	}

	private static Claim claim(boolean full, Duration nextAttemptIn, StoredEvent... events) {
		long readTo = full ? events[events.length - 1].id() : Long.MAX_VALUE;
		return new Claim(true, List.of(events), full, READ_FROM, readTo, Set.of(), nextAttemptIn);
	}

	private ChunkRecord record(StoredEvent... events) {
		return new ChunkRecord(this.target, claim(false, null, events));
	}

}
