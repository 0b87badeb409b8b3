package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.DestinationUnavailableException;
import io.pyxbox.PublishOutcome;
import io.pyxbox.store.Claim;
import io.pyxbox.store.DeadDelivery;
import io.pyxbox.store.FailedDelivery;
import io.pyxbox.store.StoredEvent;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What follows from the outcomes of a batch.
 */
class BatchCallsTests {

	private static final PublishOutcome FAILED = PublishOutcome.failed(new IllegalStateException("not now"));

	private static final PublishOutcome REJECTED = PublishOutcome.rejected(new IllegalStateException("never"));

	private static final PublishOutcome DOWN = PublishOutcome.destinationDown(new IllegalStateException("closed"));

	private static final PublishOutcome TIMED_OUT = PublishOutcome
		.failed(new java.util.concurrent.TimeoutException("too late"));

	private final StubBatchTarget target = new StubBatchTarget();

	private final News news = new News();

	private final ExternalCalls calls = new ExternalCalls((consumer, actions) -> actions.forEach(Runnable::run),
			new CallWatch(), this.news);

	@Test
	void theEventsOfSeveralLanesGoInOneCall() {
		ChunkRecord one = record(event(1, "a"), event(2, "b"));
		ChunkRecord other = record(event(3, "c"), event(4, null));

		deliver(this.target.lane(1), one, this.target.lane(2), other);

		assertThat(this.target.calls).containsExactly(List.of(1L, 2L, 3L, 4L));
		assertThat(completed(one)).containsExactly(1L, 2L);
		assertThat(completed(other)).containsExactly(3L, 4L);
	}

	@Test
	void eachEventIsRecordedByItsOwnOutcome() {
		ChunkRecord record = record(event(1, "a"), event(2, "b"), event(3, "c"), event(4, "d"));
		this.target.outcomes.putAll(Map.of(1L, FAILED, 2L, REJECTED, 4L, PublishOutcome.notSent()));

		deliver(record);

		assertThat(completed(record)).containsExactly(3L);
		assertThat(failed(record)).containsExactly(1L);
		assertThat(dead(record)).containsExactly(2L);
		assertThat(record.progress(Map.of(), 1_000).hint()).as("the one that was not sent").isEqualTo(4);
	}

	@Test
	void whatFollowsAFailedEventOfItsKeyCountsAsNotSentWhateverItsOutcomeSays() {
		ChunkRecord record = record(event(1, "a"), event(2, "a"), event(3, "b"), event(4, "a"), event(5, "a"));
		this.target.outcomes.putAll(Map.of(1L, FAILED, 4L, REJECTED, 5L, FAILED));

		deliver(record);

		assertThat(completed(record)).containsExactly(3L);
		assertThat(failed(record)).containsExactly(1L);
		assertThat(dead(record)).isEmpty();
	}

	@Test
	void whatFollowsAnEventThatWasNotSentCountsAsNotSent() {
		ChunkRecord record = record(event(1, "a"), event(2, "a"), event(3, "b"));
		this.target.outcomes.put(1L, PublishOutcome.notSent());

		deliver(record);

		assertThat(completed(record)).containsExactly(3L);
		assertThat(record.progress(Map.of(), 1_000).hint()).isEqualTo(1);
		assertThat(record.outcome()).isEqualTo(new LaneOutcome.More());
	}

	@Test
	void anEventThatIsBlamedBehindOneThatWasNotSentGetsItsTurn() {
		LaneState lane = this.target.lane(1);
		ChunkRecord record = record(event(1, "a"), event(2, "a"), event(3, "b"));
		this.target.outcomes.putAll(Map.of(1L, PublishOutcome.notSent(), 2L, REJECTED, 3L, PublishOutcome.notSent()));

		deliver(lane, record);

		assertThat(record.settlement().isEmpty()).isTrue();
		assertThat(lane.nextRequest(500, null).limit()).as("one by one").isOne();
	}

	@Test
	void anEventThatIsBlamedBehindOneThatHasFailedIsNotWaitedFor() {
		LaneState lane = this.target.lane(1);
		ChunkRecord record = record(event(1, "a"), event(2, "a"), event(3, "b"));
		this.target.outcomes.putAll(Map.of(1L, FAILED, 2L, REJECTED));

		deliver(lane, record);

		assertThat(failed(record)).containsExactly(1L);
		assertThat(lane.nextRequest(500, null).limit()).isGreaterThan(1);
	}

	@Test
	void whatFollowsARejectedEventGoesOn() {
		ChunkRecord record = record(event(1, "a"), event(2, "a"));
		this.target.outcomes.put(1L, REJECTED);

		deliver(record);

		assertThat(dead(record)).containsExactly(1L);
		assertThat(completed(record)).containsExactly(2L);
	}

	@Test
	void eventsWithoutAKeyFollowNobody() {
		ChunkRecord record = record(event(1, null), event(2, null), event(3, null));
		this.target.outcomes.putAll(Map.of(1L, FAILED, 2L, PublishOutcome.notSent()));

		deliver(record);

		assertThat(completed(record)).containsExactly(3L);
	}

	@Test
	void aRejectedEventIsADeadLetterAtItsFirstAttemptWithItsCause() {
		ChunkRecord record = record(event(1, "a"));
		this.target.outcomes.put(1L, REJECTED);

		deliver(record);

		assertThat(record.settlement().dead()).singleElement()
			.satisfies((dead) -> assertThat(dead.errorMessage()).isEqualTo("never"));
	}

	@Test
	void oneEventThatFindsTheDestinationDownPausesTheConsumerAndCountsNothing() {
		ChunkRecord record = record(event(1, "a"), event(2, "b"), event(3, "b"), event(4, "c"), event(5, "d"));
		this.target.outcomes.putAll(Map.of(1L, PublishOutcome.notSent(), 2L, DOWN, 3L, PublishOutcome.notSent(), 4L,
				TIMED_OUT, 5L, REJECTED));

		deliver(record);

		assertThat(completed(record)).isEmpty();
		assertThat(failed(record)).isEmpty();
		assertThat(this.target.circuit().isClosed()).isFalse();
		assertThat(this.news.told)
			.containsExactly("paused: The destination is down: " + "java.lang.IllegalStateException: closed");
		assertThat(record.progress(Map.of(), 1_000).hint()).isEqualTo(1);
	}

	@Test
	void whatTheDestinationIsSilentAboutBesideAcksHoldsItsKeyAndNobodyElseAndCountsNothing() {
		ChunkRecord record = record(event(1, "a"), event(2, "b"), event(3, "b"), event(4, "c"));
		this.target.outcomes.putAll(Map.of(2L, DOWN, 3L, DOWN));

		deliver(record);

		assertThat(completed(record)).containsExactly(1L, 4L);
		assertThat(record.settlement().dead()).isEmpty();
		assertThat(record.settlement().failed()).singleElement().satisfies((silent) -> {
			assertThat(silent.event().id()).isEqualTo(2);
			assertThat(silent.nextAttemptIn()).isEqualTo(StubTarget.RETRY.initialInterval());
			assertThat(silent.longestWait()).isEqualTo(StubTarget.RETRY.maxInterval());
		});
		assertThat(record.hasPostponed()).isTrue();
		assertThat(record.progress(Map.of(), 1_000).hint()).as("nothing stays at the head").isEqualTo(1_001);
		assertThat(this.target.circuit().isClosed()).isTrue();
		assertThat(this.news.told).isEmpty();
	}

	@Test
	void whatHasWaitedInVainBeforePausesNobodyWhenItIsAlone() {
		ChunkRecord record = record(StubTarget.event(1, "a", 0), StubTarget.event(2, "b", 0));
		this.target.outcomes.putAll(Map.of(1L, DOWN, 2L, DOWN));

		deliver(record);

		assertThat(failed(record)).containsExactly(1L, 2L);
		assertThat(record.hasPostponed()).isTrue();
		assertThat(this.target.circuit().isClosed()).isTrue();
	}

	@Test
	void whatTheDestinationIsSilentAboutCountsNothingAtItsLastAttemptEither() {
		ChunkRecord record = record(event(1, "a"), StubTarget.event(2, "b", 2));
		this.target.outcomes.put(2L, DOWN);

		deliver(record);

		assertThat(dead(record)).isEmpty();
		assertThat(failed(record)).containsExactly(2L);
	}

	@Test
	void timeOutsBesideAcksPauseNobodyAndCount() {
		ChunkRecord record = record(event(1, "a"), event(2, "b"), event(3, "c"), event(4, "d"), event(5, "e"),
				event(6, "f"));
		for (long id = 1; id <= 5; id++) {
			this.target.outcomes.put(id, TIMED_OUT);
		}

		deliver(record);

		assertThat(completed(record)).containsExactly(6L);
		assertThat(failed(record)).containsExactly(1L, 2L, 3L, 4L, 5L);
		assertThat(this.target.circuit().isClosed()).isTrue();
	}

	@Test
	void nothingButTimeOutsPausesTheConsumerAndCountsNothing() {
		ChunkRecord record = record(event(1, "a"), event(2, "b"), event(3, "c"), event(4, "d"), event(5, "e"));
		for (long id = 1; id <= 5; id++) {
			this.target.outcomes.put(id, TIMED_OUT);
		}

		deliver(record);

		assertThat(record.settlement().isEmpty()).isTrue();
		assertThat(this.target.circuit().isClosed()).isFalse();
	}

	@Test
	void anExceptionOfABatchBlamesNobodyUntilEventsComeOneByOne() {
		LaneState lane = this.target.lane(1);
		ChunkRecord together = record(event(1, "a"), event(2, "b"), event(3, "c"));
		this.target.exceptions.put(2L, new IllegalStateException("one of them"));
		ChunkRecord innocent = record(event(7, "x"));

		deliver(lane, together);

		assertThat(together.settlement().isEmpty()).isTrue();
		assertThat(together.outcome()).isEqualTo(new LaneOutcome.More());
		assertThat(lane.nextRequest(500, null).limit()).isEqualTo(1);
		ChunkRecord alone = record(event(2, "b"));
		deliver(lane, alone, this.target.lane(2), innocent);
		assertThat(failed(alone)).containsExactly(2L);
		assertThat(completed(innocent)).containsExactly(7L);
		assertThat(this.target.calls).containsExactly(List.of(1L, 2L, 3L), List.of(2L), List.of(7L));
	}

	@Test
	void anExceptionAboutTheNetworkCountsForAllOfTheBatch() {
		ChunkRecord few = record(event(1, "a"), event(2, "a"), event(3, "b"));
		this.target.exceptions.put(1L, new java.net.SocketTimeoutException("read timed out"));
		ChunkRecord many = record(event(1, "a"), event(2, "a"), event(3, "b"), event(4, "c"), event(5, "d"));

		deliver(few);

		assertThat(failed(few)).containsExactly(1L, 3L);
		assertThat(this.target.circuit().isClosed()).isTrue();
		deliver(many);
		assertThat(many.settlement().isEmpty()).isTrue();
		assertThat(this.target.circuit().isClosed()).isFalse();
	}

	@Test
	void anExceptionThatDeclaresTheDestinationDownPausesTheConsumerAtOnce() {
		ChunkRecord record = record(event(1, "a"));
		this.target.exceptions.put(1L, new DestinationUnavailableException("closed for today", null));

		deliver(record);

		assertThat(record.settlement().isEmpty()).isTrue();
		assertThat(this.target.circuit().isClosed()).isFalse();
	}

	@Test
	void aMissingOutcomeIsAnExceptionThatSaysSo() {
		ChunkRecord record = record(event(1, "a"));
		BatchTarget careless = new CarelessTarget(this.target);

		new BatchCalls(careless, round(this.target.lane(1), false)).of(List.of(chunk(this.target.lane(1), record)))
			.forEach(Runnable::run);

		assertThat(record.settlement().failed()).singleElement()
			.satisfies((failure) -> assertThat(failure.error())
				.contains("Consumer 'kafka' must return an outcome for each of 1 events, but returned []"));
	}

	@Test
	void whatGoesElsewhereIsCompleteWithoutACall() {
		ChunkRecord record = record(event(1, "a"), event(2, "a"));
		this.target.unconcerned.addAll(Set.of(1L, 2L));

		deliver(record);

		assertThat(completed(record)).containsExactly(1L, 2L);
		assertThat(this.target.calls).isEmpty();
	}

	@Test
	void whatCannotBeDecodedIsTheFailureOfThatEventAlone() {
		ChunkRecord record = record(event(1, "a"), event(2, "a"), event(3, "b"), event(4, "b"));
		this.target.undecodable.put(1L, new UndecodableEventException("no headers", null));
		this.target.undecodable.put(3L, new IllegalStateException("a router that fails"));

		deliver(record);

		assertThat(dead(record)).containsExactly(1L);
		assertThat(failed(record)).containsExactly(3L);
		assertThat(completed(record)).as("the key of a dead letter goes on").containsExactly(2L);
		assertThat(this.target.calls).containsExactly(List.of(2L));
	}

	@Test
	void whetherTheDestinationIsBackIsTriedWithAFewEventsTogetherOfWhichOneMayBeBad() {
		openCircuit();
		ChunkRecord record = record(event(1, "a"), event(2, "a"), event(3, "b"));
		this.target.outcomes.put(1L, DOWN);
		LaneState lane = this.target.lane(1);

		this.calls.make(lane, List.of(chunk(lane, record)), true, () -> false);

		assertThat(this.target.calls).containsExactly(List.of(1L, 2L, 3L));
		assertThat(completed(record)).containsExactly(3L);
		assertThat(failed(record)).containsExactly(1L);
		assertThat(this.target.circuit().isClosed()).isTrue();
		assertThat(this.news.told).containsExactly("resumed");
	}

	@Test
	void aDestinationThatIsStillDownCountsNothing() {
		openCircuit();
		ChunkRecord record = record(event(1, "a"), event(2, "b"));
		this.target.outcomes.putAll(Map.of(1L, DOWN, 2L, DOWN));
		LaneState lane = this.target.lane(1);

		this.calls.make(lane, List.of(chunk(lane, record)), true, () -> false);

		assertThat(record.settlement().isEmpty()).isTrue();
		assertThat(this.target.circuit().isClosed()).isFalse();
	}

	@Test
	void aConsumerThatSendsNothingIsNotAskedAgainAtOnce() {
		ChunkRecord record = record(event(1, "a"), event(2, null));
		this.target.outcomes.putAll(Map.of(1L, PublishOutcome.notSent(), 2L, PublishOutcome.notSent()));

		deliver(record);

		assertThat(record.outcome()).isEqualTo(new LaneOutcome.Busy());
	}

	@Test
	void nothingIsBegunWhenItIsTimeToEnd() {
		ChunkRecord record = record(event(1, "a"));
		LaneState lane = this.target.lane(1);

		this.calls.make(lane, List.of(chunk(lane, record)), false, () -> true);

		assertThat(this.target.calls).isEmpty();
		assertThat(record.settlement().isEmpty()).isTrue();
		assertThat(record.outcome()).isEqualTo(new LaneOutcome.More());
	}

	@Test
	void noMoreThanFitsIsDecodedForOneCall() {
		int half = 5 * 1024 * 1024;
		this.target.sizes.putAll(Map.of(1L, half, 2L, half, 3L, half, 4L, half));
		ChunkRecord one = record(encoded(1, "a"), encoded(2, "b"), encoded(3, "a"));
		ChunkRecord other = record(encoded(4, "c"), event(5, "c"));

		deliver(this.target.lane(1), one, this.target.lane(2), other);

		assertThat(this.target.calls).containsExactly(List.of(1L, 2L));
		assertThat(one.progress(Map.of(), 1_000).hint()).isEqualTo(3);
		assertThat(one.outcome()).isEqualTo(new LaneOutcome.More());
		assertThat(other.progress(Map.of(), 1_000).hint()).isEqualTo(4);
		assertThat(other.outcome()).isEqualTo(new LaneOutcome.More());
	}

	private static StoredEvent encoded(long id, String key) {
		StoredEvent event = event(id, key);
		return new StoredEvent(id, event.eventId(), event.type(), null, key, event.payload(), "zip", null,
				event.createdAt(), false, null, 1);
	}

	private void openCircuit() {
		this.target.circuit().missed(event(99, "z"), new DestinationUnavailableException("down", null));
		assertThat(this.target.circuit().isClosed()).isFalse();
	}

	private void deliver(ChunkRecord record) {
		deliver(this.target.lane(1), record);
	}

	private void deliver(LaneState lane, ChunkRecord record) {
		this.calls.make(lane, List.of(chunk(lane, record)), false, () -> false);
	}

	private void deliver(LaneState lane, ChunkRecord record, LaneState otherLane, ChunkRecord other) {
		this.calls.make(lane, List.of(chunk(lane, record), chunk(otherLane, other)), false, () -> false);
	}

	private ExternalRound round(LaneState lane, boolean probing) {
		return new ExternalRound(lane, probing, () -> false, new CallWatch(), this.news);
	}

	private static ExternalCalls.Chunk chunk(LaneState lane, ChunkRecord record) {
		return new ExternalCalls.Chunk(lane, record);
	}

	private ChunkRecord record(StoredEvent... events) {
		return new ChunkRecord(this.target, new Claim(true, List.of(events), false, 0, Long.MAX_VALUE, Set.of(), null));
	}

	private static StoredEvent event(long id, String key) {
		return StubTarget.event(id, key);
	}

	private static List<Long> completed(ChunkRecord record) {
		return record.settlement().completed().stream().map(StoredEvent::id).toList();
	}

	private static List<Long> failed(ChunkRecord record) {
		return record.settlement().failed().stream().map(FailedDelivery::event).map(StoredEvent::id).toList();
	}

	private static List<Long> dead(ChunkRecord record) {
		return record.settlement().dead().stream().map(DeadDelivery::event).map(StoredEvent::id).toList();
	}

	/**
	 * Forgets to return outcomes.
	 */
	private record CarelessTarget(StubBatchTarget like) implements BatchTarget {

		@Override
		public ConsumerId consumer() {
			return this.like.consumer();
		}

		@Override
		public io.pyxbox.store.Subscription subscription() {
			return this.like.subscription();
		}

		@Override
		public DeliverySettings settings() {
			return this.like.settings();
		}

		@Override
		public DecodedEvent decode(StoredEvent event) {
			return this.like.decode(event);
		}

		@Override
		public boolean concerns(DecodedEvent event) {
			return true;
		}

		@Override
		public List<PublishOutcome> deliverBatch(List<DecodedEvent> batch) {
			return List.of();
		}

	}

	/**
	 * What an observer is told.
	 */
	private static final class News implements DeliveryObserver {

		private final List<String> told = new ArrayList<>();

		@Override
		public void willRetry(ConsumerId consumer, StoredEvent event, Duration nextAttemptIn, Throwable cause) {
			// Not told here.
		}

		@Override
		public void gaveUp(ConsumerId consumer, StoredEvent event, Throwable cause) {
			// Not told here.
		}

		@Override
		public void paused(ConsumerId consumer, Throwable cause) {
			this.told.add("paused: " + cause.getMessage());
		}

		@Override
		public void resumed(ConsumerId consumer) {
			this.told.add("resumed");
		}

	}

}
