package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

@Timeout(30)
class ConsumerCallsTests {

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final ConsumerCalls calls = new ConsumerCalls(this.threads);

	@AfterEach
	void endThreads() {
		this.threads.shutdownNow();
	}

	@Test
	void returnsWhenAllCallsHaveEnded() throws Exception {
		Set<Integer> ended = ConcurrentHashMap.newKeySet();
		List<Runnable> actions = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			int number = i;
			actions.add(() -> ended.add(number));
		}

		this.calls.run(consumer(8), actions);

		assertThat(ended).hasSize(100);
	}

	@Test
	void makesCallsAtTheSameTime() throws Exception {
		CyclicBarrier together = new CyclicBarrier(3);

		this.calls.run(consumer(3), Collections.nCopies(6, () -> await(together)));

		assertThat(together.isBroken()).isFalse();
	}

	@Test
	void makesNoMoreCallsAtATimeThanTheConsumerAllowsWhoeverAsks() {
		StubTarget consumer = consumer(3);
		AtomicInteger running = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		Runnable action = () -> {
			most.accumulateAndGet(running.incrementAndGet(), Math::max);
			Thread.yield();
			running.decrementAndGet();
		};

		List<CompletableFuture<Void>> askers = Collections.nCopies(5, action)
			.stream()
			.map((each) -> CompletableFuture.runAsync(() -> run(consumer, Collections.nCopies(2_000, each)),
					this.threads))
			.toList();
		assertThat(askers).allSatisfy(ConsumerCallsTests::assertEnds);

		assertThat(most.get()).isLessThanOrEqualTo(3);
	}

	@Test
	void countsTheCallsOfEachConsumerOnItsOwn() throws Exception {
		CountDownLatch slowIsRunning = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		CompletableFuture<Void> slow = CompletableFuture
			.runAsync(() -> run(StubTarget.limited("slow", 1, 1), List.of(() -> {
				slowIsRunning.countDown();
				await(end);
			})), this.threads);
		slowIsRunning.await();

		this.calls.run(StubTarget.limited("quick", 1, 1), List.of(() -> {
		}));

		assertThat(slow).isNotDone();
		end.countDown();
		assertEnds(slow);
	}

	@Test
	void needsNoOtherThreadForAConsumerThatAllowsOneCall() throws Exception {
		ConsumerCalls alone = new ConsumerCalls((task) -> {
			throw new AssertionError("Another thread was asked for");
		});
		List<Thread> callers = new ArrayList<>();

		alone.run(consumer(1), Collections.nCopies(3, () -> callers.add(Thread.currentThread())));

		assertThat(callers).hasSize(3).containsOnly(Thread.currentThread());
	}

	@Test
	void doesNothingForNoActions() throws Exception {
		this.calls.run(consumer(1), List.of());

		assertCanStillMakeCalls(1);
	}

	@Test
	void canMakeAsManyCallsAsBeforeAfterAnError() {
		assertThatIllegalStateException().isThrownBy(() -> this.calls.run(consumer(2), List.of(() -> {
			throw new IllegalStateException("unexpected");
		})));

		assertCanStillMakeCalls(2);
	}

	@Test
	void doesAllOfTheWorkItselfWhereNoMoreThreadsAreToBeHad() throws Exception {
		ConsumerCalls alone = new ConsumerCalls((task) -> {
			throw new RejectedExecutionException("no more threads");
		});
		AtomicInteger called = new AtomicInteger();

		for (int i = 0; i < 5; i++) {
			alone.run(consumer(2), Collections.nCopies(3, called::incrementAndGet));
		}

		assertThat(called).hasValue(15);
	}

	@Test
	void makesNoCallIfTheThreadIsInterruptedWhileItWaitsForItsTurn() {
		List<String> called = new ArrayList<>();

		Thread.currentThread().interrupt();

		assertThatExceptionOfType(InterruptedException.class)
			.isThrownBy(() -> this.calls.run(consumer(1), List.of(() -> called.add("x"))));
		assertThat(called).isEmpty();
		assertCanStillMakeCalls(1);
	}

	@Test
	void interruptsItsCallsAndWaitsForThemIfItIsInterruptedItself() throws Exception {
		CountDownLatch otherIsRunning = new CountDownLatch(1);
		CountDownLatch never = new CountDownLatch(1);
		AtomicInteger interrupted = new AtomicInteger();
		Thread asker = Thread.currentThread();
		Runnable action = () -> {
			if (Thread.currentThread() == asker) {
				await(otherIsRunning);
				asker.interrupt();
				return;
			}
			otherIsRunning.countDown();
			try {
				never.await(10, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				awaitWaiting(asker);
				interrupted.incrementAndGet();
			}
		};

		assertThatExceptionOfType(InterruptedException.class)
			.isThrownBy(() -> this.calls.run(consumer(2), List.of(action, action)));

		assertThat(interrupted).hasValue(1);
		assertCanStillMakeCalls(2);
	}

	private void assertCanStillMakeCalls(int count) {
		CyclicBarrier together = new CyclicBarrier(count);
		CompletableFuture<Void> run = CompletableFuture
			.runAsync(() -> run(consumer(count), Collections.nCopies(count, () -> await(together))), this.threads);
		assertEnds(run);
	}

	private static void assertEnds(CompletableFuture<Void> future) {
		assertThat(future).succeedsWithin(10, TimeUnit.SECONDS);
	}

	private void run(StubTarget consumer, List<Runnable> actions) {
		try {
			this.calls.run(consumer, actions);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static StubTarget consumer(int calls) {
		return StubTarget.limited("mail", 1, calls);
	}

	private static void awaitWaiting(Thread thread) {
		long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
		while (thread.getState() != Thread.State.WAITING && System.nanoTime() < giveUpAt) {
			Thread.onSpinWait();
		}
	}

	private static void await(CyclicBarrier barrier) {
		try {
			barrier.await(10, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void await(CountDownLatch latch) {
		try {
			latch.await();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
