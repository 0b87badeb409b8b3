package io.pyxbox.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

@Timeout(30)
class LaneSchedulerTests {

	private static final long HOUR = TimeUnit.HOURS.toMillis(1);

	private final StubTarget mail = StubTarget.named("mail");

	private final StubTarget stock = StubTarget.named("stock");

	private final LaneState mail0 = this.mail.lane(0);

	private final LaneState mail1 = this.mail.lane(1);

	private final LaneState mail2 = this.mail.lane(2);

	private final LaneState stock0 = this.stock.lane(0);

	private final LaneState stock1 = this.stock.lane(1);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	@AfterEach
	void endThreads() {
		this.threads.shutdownNow();
	}

	@Test
	void handsOutWhatWasSignalledAndNothingElse() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0, this.mail1);

		scheduler.signal(this.mail1);

		assertThat(scheduler.take()).isSameAs(this.mail1);
		assertNothingToTake(scheduler);
	}

	@Test
	void handsOutALaneOnceHoweverOftenItWasSignalledBefore() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0);

		scheduler.signal(this.mail0);
		scheduler.signal(this.mail0);

		assertThat(scheduler.take()).isSameAs(this.mail0);
		assertNothingToTake(scheduler);
	}

	@Test
	void saysOfALaneThatCouldNotRunThatItMayHaveToWait() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0);
		assertThat(scheduler.signal(this.mail0)).isTrue();
		scheduler.take();
		assertThat(scheduler.signal(this.mail0)).isTrue();

		scheduler.tryAgainIn(this.mail0, 1);

		assertThat(scheduler.signal(this.mail0)).isFalse();
		assertThat(scheduler.take()).isSameAs(this.mail0);
		assertThat(scheduler.signal(this.mail0)).as("may find the same again").isFalse();
		scheduler.again(this.mail0);
		assertThat(scheduler.signal(this.mail0)).isTrue();
	}

	@Test
	void handsOutALaneThatWasSignalledWhileItRanOnceMoreAfterIt() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0);
		scheduler.signal(this.mail0);
		scheduler.take();

		scheduler.signal(this.mail0);
		assertNothingToTake(scheduler);
		scheduler.idle(this.mail0);

		assertThat(scheduler.take()).isSameAs(this.mail0);
		scheduler.idle(this.mail0);
		assertNothingToTake(scheduler);
	}

	@Test
	void prefersASignalOverADelay() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0);
		scheduler.signal(this.mail0);
		scheduler.take();
		scheduler.signal(this.mail0);

		scheduler.againIn(this.mail0, HOUR);

		assertThat(scheduler.take()).isSameAs(this.mail0);
	}

	@Test
	void endsADelayOnASignal() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0);
		scheduler.signal(this.mail0);
		scheduler.againIn(taken(scheduler), HOUR);
		assertNothingToTake(scheduler);

		scheduler.signal(this.mail0);

		assertThat(scheduler.take()).isSameAs(this.mail0);
	}

	@Test
	void forgetsADelayThatASignalHasEnded() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0, this.mail1);
		scheduler.signal(this.mail0);
		scheduler.signal(this.mail1);
		scheduler.againIn(taken(scheduler), 10);
		scheduler.againIn(taken(scheduler), 30);

		scheduler.signal(this.mail0);

		assertThat(scheduler.take()).isSameAs(this.mail0);
		assertThat(scheduler.take()).isSameAs(this.mail1);
		assertNothingToTake(scheduler);
	}

	@Test
	void handsOutADelayedLaneWhenItIsDueAndNotBefore() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0, this.mail1);
		scheduler.signal(this.mail0);
		scheduler.signal(this.mail1);
		long startedAt = System.nanoTime();
		scheduler.againIn(taken(scheduler), HOUR);
		scheduler.againIn(taken(scheduler), 50);

		assertThat(scheduler.take()).isSameAs(this.mail1);
		assertThat(System.nanoTime() - startedAt).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(50));
	}

	@Test
	void wakesAWaitingWorkerForALaneThatIsDelayedAfterItBeganToWait() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0);
		scheduler.signal(this.mail0);
		LaneState running = taken(scheduler);
		Worker waiting = Worker.thatWaits(scheduler);

		scheduler.againIn(running, 20);

		assertThat(waiting.taken.get()).isSameAs(this.mail0);
	}

	@Test
	void putsALaneThatHasMoreToDoBehindTheOthers() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0, this.mail1);
		scheduler.signal(this.mail0);
		scheduler.signal(this.mail1);
		LaneState first = taken(scheduler);

		scheduler.again(first);

		assertThat(scheduler.take()).isSameAs(this.mail1);
		assertThat(scheduler.take()).isSameAs(this.mail0);
	}

	@Test
	void letsConsumersTakeTurns() throws Exception {
		LaneScheduler scheduler = scheduler(1, this.mail0, this.mail1, this.mail2, this.stock0, this.stock1);
		for (LaneState lane : List.of(this.mail0, this.mail1, this.mail2, this.stock0, this.stock1)) {
			scheduler.signal(lane);
		}
		List<LaneState> order = new ArrayList<>();

		for (int i = 0; i < 5; i++) {
			LaneState lane = taken(scheduler);
			order.add(lane);
			scheduler.idle(lane);
		}

		assertThat(order).containsExactly(this.mail0, this.stock0, this.mail1, this.stock1, this.mail2);
	}

	@Test
	void keepsAWorkerFreeForEachConsumerThatHasNone() throws Exception {
		LaneScheduler scheduler = scheduler(3, this.mail0, this.mail1, this.mail2, this.stock0);
		scheduler.signal(this.mail0);
		scheduler.signal(this.mail1);
		scheduler.signal(this.mail2);

		assertThat(List.of(taken(scheduler), taken(scheduler))).containsExactly(this.mail0, this.mail1);
		assertNothingToTake(scheduler);
		scheduler.signal(this.stock0);

		assertThat(scheduler.take()).isSameAs(this.stock0);
	}

	@Test
	void givesAConsumerTheLastWorkerIfAllOthersHaveOne() throws Exception {
		LaneScheduler scheduler = scheduler(3, this.mail0, this.mail1, this.mail2, this.stock0);
		for (LaneState lane : List.of(this.stock0, this.mail0, this.mail1)) {
			scheduler.signal(lane);
		}

		assertThat(List.of(taken(scheduler), taken(scheduler), taken(scheduler))).containsExactlyInAnyOrder(this.stock0,
				this.mail0, this.mail1);
	}

	@Test
	void givesASingleConsumerAllWorkers() throws Exception {
		LaneScheduler scheduler = scheduler(2, this.mail0, this.mail1, this.mail2);
		for (LaneState lane : List.of(this.mail0, this.mail1, this.mail2)) {
			scheduler.signal(lane);
		}

		assertThat(List.of(taken(scheduler), taken(scheduler))).containsExactly(this.mail0, this.mail1);
		assertNothingToTake(scheduler);
	}

	@Test
	void handsOutNoMoreThanThereAreWorkers() throws Exception {
		LaneScheduler scheduler = scheduler(1, this.mail0, this.stock0);
		scheduler.signal(this.mail0);
		scheduler.signal(this.stock0);

		assertThat(scheduler.take()).isSameAs(this.mail0);
		assertNothingToTake(scheduler);
	}

	@Test
	void wakesAWorkerThatWaitsForALaneToBeAdmitted() throws Exception {
		LaneScheduler scheduler = scheduler(1, this.mail0, this.mail1);
		scheduler.signal(this.mail0);
		scheduler.signal(this.mail1);
		LaneState running = taken(scheduler);
		Worker waiting = Worker.thatWaits(scheduler);

		scheduler.idle(running);

		assertThat(waiting.taken.get()).isSameAs(this.mail1);
	}

	@Test
	void runsNoMoreLanesOfAConsumerThanItAllows() throws Exception {
		StubTarget limited = StubTarget.limited("limited", 1, 1);
		LaneState first = limited.lane(0);
		LaneState second = limited.lane(1);
		LaneScheduler scheduler = scheduler(4, first, second);
		scheduler.signal(first);
		scheduler.signal(second);

		assertThat(scheduler.take()).isSameAs(first);
		assertNothingToTake(scheduler);
		scheduler.idle(first);

		assertThat(scheduler.take()).isSameAs(second);
	}

	@Test
	void handsOutFurtherLanesOfAConsumerToTheWorkerThatHasOneOfIt() throws Exception {
		LaneScheduler scheduler = scheduler(2, this.mail0, this.mail1, this.stock0);
		for (LaneState lane : List.of(this.mail0, this.mail1, this.stock0)) {
			scheduler.signal(lane);
		}
		LaneState first = taken(scheduler);

		assertThat(scheduler.takeAlso(first)).isSameAs(this.mail1);
		assertThat(scheduler.takeAlso(first)).isNull();

		assertThat(scheduler.take()).isSameAs(this.stock0);
		scheduler.signal(this.mail1);
		assertNothingToTake(scheduler);
	}

	@Test
	void countsTheWorkerAndNotTheLanesThatItRunsTogether() throws Exception {
		LaneScheduler scheduler = scheduler(2, this.mail0, this.mail1, this.mail2, this.stock0);
		for (LaneState lane : List.of(this.mail0, this.mail1, this.mail2)) {
			scheduler.signal(lane);
		}
		LaneState first = taken(scheduler);
		LaneState also = Objects.requireNonNull(scheduler.takeAlso(first));
		assertNothingToTake(scheduler);

		scheduler.idle(also);
		assertNothingToTake(scheduler);
		scheduler.idle(first);

		assertThat(scheduler.take()).isSameAs(this.mail2);
		assertNothingToTake(scheduler);
	}

	@Test
	void handsOutNoFurtherLanesWhenClosed() throws Exception {
		LaneScheduler scheduler = scheduler(2, this.mail0, this.mail1);
		scheduler.signal(this.mail0);
		scheduler.signal(this.mail1);
		LaneState first = taken(scheduler);

		scheduler.close();

		assertThat(scheduler.takeAlso(first)).isNull();
	}

	@Test
	void endsAllWaitingAndHandsOutNothingMoreWhenClosed() throws Exception {
		LaneScheduler scheduler = scheduler(4, this.mail0);
		List<Worker> waiting = List.of(Worker.thatWaits(scheduler), Worker.thatWaits(scheduler));

		scheduler.close();
		scheduler.signal(this.mail0);

		for (Worker worker : waiting) {
			assertThat(worker.taken.get()).isNull();
		}
		assertThat(scheduler.take()).isNull();
	}

	@Test
	void endsTheWaitingOfAnInterruptedWorker() {
		LaneScheduler scheduler = scheduler(4, this.mail0);

		Thread.currentThread().interrupt();

		assertThatExceptionOfType(InterruptedException.class).isThrownBy(scheduler::take);
	}

	@Test
	void refusesALaneThatItDoesNotKnow() {
		LaneScheduler scheduler = scheduler(4, this.mail0);

		assertThatIllegalArgumentException().isThrownBy(() -> scheduler.signal(this.stock0));
	}

	@Test
	void neitherRunsALaneTwiceAtTheSameTimeNorLosesASignal() {
		List<StubTarget> targets = List.of(this.mail, this.stock, StubTarget.limited("limited", 2, 1));
		List<LaneState> lanes = targets.stream()
			.flatMap((target) -> IntStream.range(0, 4).mapToObj(target::lane))
			.toList();
		Map<LaneState, Trace> traces = new HashMap<>();
		lanes.forEach((lane) -> traces.put(lane, new Trace()));
		LaneScheduler scheduler = new LaneScheduler(4, lanes);
		List<CompletableFuture<Void>> workers = IntStream.range(0, 4)
			.mapToObj(
					(seed) -> CompletableFuture.runAsync(() -> work(scheduler, traces, new Random(seed)), this.threads))
			.toList();

		List<CompletableFuture<Void>> signallers = IntStream.range(0, 3)
			.mapToObj((seed) -> CompletableFuture.runAsync(() -> signal(scheduler, traces, lanes, new Random(-seed)),
					this.threads))
			.toList();

		assertThat(signallers).allSatisfy(LaneSchedulerTests::assertEnds);
		await().atMost(Duration.ofSeconds(10))
			.untilAsserted(() -> assertThat(traces.values())
				.allSatisfy((trace) -> assertThat(trace.seen).isEqualTo(trace.signals.get())));
		scheduler.close();
		assertThat(workers).allSatisfy(LaneSchedulerTests::assertEnds);
		assertThat(traces.values()).allSatisfy((trace) -> assertThat(trace.collisions).hasValue(0));
	}

	private static void assertEnds(CompletableFuture<Void> future) {
		assertThat(future).succeedsWithin(10, TimeUnit.SECONDS);
	}

	private static void work(LaneScheduler scheduler, Map<LaneState, Trace> traces, Random random) {
		try {
			for (LaneState lane = scheduler.take(); lane != null; lane = scheduler.take()) {
				LaneState also = random.nextBoolean() ? scheduler.takeAlso(lane) : null;
				List<LaneState> together = (also != null) ? List.of(lane, also) : List.of(lane);
				together.forEach((each) -> trace(traces, each).begin());
				Thread.yield();
				together.forEach((each) -> trace(traces, each).end());
				together.forEach((each) -> ended(scheduler, each, random));
			}
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void ended(LaneScheduler scheduler, LaneState lane, Random random) {
		switch (random.nextInt(10)) {
			case 0 -> scheduler.again(lane);
			case 1 -> scheduler.againIn(lane, random.nextInt(3));
			default -> scheduler.idle(lane);
		}
	}

	private static void signal(LaneScheduler scheduler, Map<LaneState, Trace> traces, List<LaneState> lanes,
			Random random) {
		for (int i = 0; i < 20_000; i++) {
			LaneState lane = lanes.get(random.nextInt(lanes.size()));
			trace(traces, lane).signals.incrementAndGet();
			scheduler.signal(lane);
		}
	}

	private static Trace trace(Map<LaneState, Trace> traces, LaneState lane) {
		return Objects.requireNonNull(traces.get(lane));
	}

	private static LaneState taken(LaneScheduler scheduler) throws InterruptedException {
		return Objects.requireNonNull(scheduler.take());
	}

	private static void assertNothingToTake(LaneScheduler scheduler) throws InterruptedException {
		Worker worker = Worker.thatWaits(scheduler);
		worker.interrupt();
		worker.join();
		assertThat(worker.taken).isNotDone();
	}

	private static LaneScheduler scheduler(int workers, LaneState... lanes) {
		return new LaneScheduler(workers, Arrays.asList(lanes));
	}

	/**
	 * Takes one lane.
	 */
	private static final class Worker extends Thread {

		private static final Set<State> WAITING = Set.of(State.WAITING, State.TIMED_WAITING, State.TERMINATED);

		private final CompletableFuture<@Nullable LaneState> taken = new CompletableFuture<>();

		private final LaneScheduler scheduler;

		private Worker(LaneScheduler scheduler) {
			this.scheduler = scheduler;
		}

		static Worker thatWaits(LaneScheduler scheduler) {
			Worker worker = new Worker(scheduler);
			worker.start();
			await().pollDelay(Duration.ZERO)
				.pollInterval(Duration.ofMillis(1))
				.until(() -> WAITING.contains(worker.getState()));
			return worker;
		}

		@Override
		public void run() {
			try {
				this.taken.complete(this.scheduler.take());
			}
			catch (InterruptedException ex) {
				// There was nothing to take.
			}
		}

	}

	/**
	 * What happened to a lane.
	 */
	@Test
	void tellsThatALaneWaitsForAWorkerThatIsKeptForAnotherConsumer() throws Exception {
		LaneScheduler scheduler = scheduler(2, this.mail0, this.mail1, this.stock0);
		scheduler.signal(this.mail0);
		scheduler.take();
		assertThat(scheduler.isHoldingBack()).isFalse();

		scheduler.signal(this.mail1);
		assertThat(scheduler.isHoldingBack()).isTrue();

		scheduler.signal(this.stock0);
		assertThat(scheduler.take()).isSameAs(this.stock0);
		assertThat(scheduler.isSaturated()).isTrue();
	}

	private static final class Trace {

		private final AtomicInteger signals = new AtomicInteger();

		private final AtomicInteger running = new AtomicInteger();

		private final AtomicInteger collisions = new AtomicInteger();

		private volatile int seen;

		void begin() {
			if (this.running.incrementAndGet() != 1) {
				this.collisions.incrementAndGet();
			}
			this.seen = this.signals.get();
		}

		void end() {
			this.running.decrementAndGet();
		}

	}

}
