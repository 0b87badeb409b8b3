package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

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
			.containsExactly(new FailedDelivery(failing, Duration.ofMillis(200), this.cause.toString()));
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

		assertThat(record.lowestOpenId(READ_FROM, SETTLED)).isEqualTo(SETTLED + 1);
		assertThat(record.lowestOpenId(READ_FROM, 5)).isEqualTo(6);
	}

	@Test
	void goesOnAfterTheLastEventOfAFullBatch() {
		StoredEvent event = StubTarget.event(10, "a");
		ChunkRecord record = new ChunkRecord(this.target, new Claim(true, List.of(event), true, null));
		record.completed(event);

		assertThat(record.lowestOpenId(READ_FROM, SETTLED)).isEqualTo(11);
		assertThat(record.lowestOpenId(READ_FROM, 5)).isEqualTo(6);
	}

	@Test
	void goesOnWithTheFirstEventThatIsStillThere() {
		StoredEvent done = StubTarget.event(10, "a");
		StoredEvent failing = StubTarget.event(20, "b");
		StoredEvent held = StubTarget.event(30, "b");
		ChunkRecord record = record(done, failing, held);
		record.completed(done);
		record.failed(failing, this.cause);

		assertThat(record.lowestOpenId(READ_FROM, SETTLED)).isEqualTo(20);
		assertThat(record.lowestOpenId(READ_FROM, 5)).isEqualTo(6);
	}

	@Test
	void leavesADeadLetterBehind() {
		StoredEvent last = StubTarget.event(10, "a", 2);
		StoredEvent untouched = StubTarget.event(20, "b");
		ChunkRecord record = record(last, untouched);
		record.failed(last, this.cause);

		assertThat(record.lowestOpenId(READ_FROM, SETTLED)).isEqualTo(20);
	}

	@Test
	void staysWhereItIsWhileAnEventWaitsForItsNextAttempt() {
		StoredEvent event = StubTarget.event(10, "a");
		ChunkRecord record = new ChunkRecord(this.target,
				new Claim(true, List.of(event), false, Duration.ofSeconds(9)));
		record.completed(event);

		assertThat(record.lowestOpenId(READ_FROM, SETTLED)).isEqualTo(READ_FROM);
	}

	@Test
	void runsAgainAtOnceIfThereMayBeMore() {
		StoredEvent event = StubTarget.event(10, "a");
		ChunkRecord full = new ChunkRecord(this.target, new Claim(true, List.of(event), true, null));
		ChunkRecord ended = record(event);
		ended.endEarly();

		assertThat(full.outcome()).isEqualTo(new LaneOutcome.More());
		assertThat(ended.outcome()).isEqualTo(new LaneOutcome.More());
	}

	@Test
	void runsAgainWhenTheFirstOfItsFailuresIsDue() {
		StoredEvent second = StubTarget.event(10, "a", 1);
		StoredEvent first = StubTarget.event(11, "b", 0);
		ChunkRecord record = new ChunkRecord(this.target,
				new Claim(true, List.of(second, first), false, Duration.ofMillis(150)));
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

		})).doesNotThrowAnyException();
	}

	private ChunkRecord record(StoredEvent... events) {
		return new ChunkRecord(this.target, new Claim(true, List.of(events), false, null));
	}

}
