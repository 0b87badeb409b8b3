package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.pyxbox.ConsumerId;
import io.pyxbox.MessageId;
import io.pyxbox.MessageIdentity;
import io.pyxbox.MessagePosition;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same messages come from many sides at once.
 */
class ReceiveStormTests extends Scenario {

	private static final int RECEIVERS = 50;

	private static final ConsumerId BILLING = new ConsumerId("billing");

	private TestApplication application;

	private TransactionalInbox inbox;

	@BeforeEach
	void startApplication() {
		this.tables.execute("create table effect (what text)");
		this.application = start(LedgerApplication.class,
				"spring.datasource.hikari.maximum-pool-size=" + (RECEIVERS + 5));
		this.inbox = this.application.bean(TransactionalInbox.class);
	}

	static Stream<Arguments> identities() {
		return Stream.of(Arguments.of(MessageId.of("m-1")), Arguments.of(new MessagePosition("orders", 0, 5)));
	}

	@ParameterizedTest
	@MethodSource("identities")
	void fiftyReceiversOfOneMessageTakeEffectOnceThoughTheFirstRollsBack(MessageIdentity message) {
		CountDownLatch firstIsIn = new CountDownLatch(1);
		CountDownLatch firstFails = new CountDownLatch(1);
		List<Future<Boolean>> results = new ArrayList<>();
		Future<Boolean> first = this.threads.submit(() -> this.inbox.receive(BILLING, message, () -> {
			take("in vain");
			firstIsIn.countDown();
			firstFails.await();
			throw new Mishap();
		}));
		join(firstIsIn);
		for (int i = 1; i < RECEIVERS; i++) {
			results.add(this.threads.submit(() -> this.inbox.receive(BILLING, message, () -> take("one"))));
		}
		await().until(() -> waitingForLocks() == RECEIVERS - 1);

		firstFails.countDown();

		assertThat(failureOf(first)).isInstanceOf(Mishap.class);
		assertThat(results.stream().filter((result) -> result(result))).hasSize(1);
		assertThat(effects()).containsExactly("one");
	}

	@Test
	void whoComesSecondWaitsForTheFirstAndIsThenTold() throws Exception {
		CountDownLatch firstIsIn = new CountDownLatch(1);
		CountDownLatch firstGoesOn = new CountDownLatch(1);
		Future<Boolean> first = this.threads.submit(() -> this.inbox.receive("billing", "m-1", () -> {
			firstIsIn.countDown();
			firstGoesOn.await();
			take("one");
		}));
		join(firstIsIn);

		Future<Boolean> second = this.threads.submit(() -> this.inbox.receive("billing", "m-1", () -> take("again")));
		await().until(() -> waitingForLocks() == 1);
		assertThat(second.isDone()).isFalse();
		firstGoesOn.countDown();

		assertThat(result(first)).isTrue();
		assertThat(result(second)).isFalse();
		assertThat(effects()).containsExactly("one");
	}

	@ParameterizedTest
	@MethodSource("identitiesOfMany")
	void batchesWithTheSameMessagesInAnyOrderNeverDeadlock(Function<Integer, MessageIdentity> identity) {
		AtomicInteger handled = new AtomicInteger();
		CountDownLatch all = new CountDownLatch(16);
		List<Future<Integer>> results = new ArrayList<>();
		for (int receiver = 0; receiver < 16; receiver++) {
			Random random = new Random(receiver);
			results.add(this.threads.submit(() -> {
				all.countDown();
				all.await();
				int received = 0;
				for (int round = 0; round < 20; round++) {
					int from = round * 50;
					List<Integer> batch = new ArrayList<>(IntStream.range(from, from + 100).boxed().toList());
					Collections.shuffle(batch, random);
					received += this.inbox.receiveAll(BILLING, batch, identity, (messages) -> {
						messages.forEach((message) -> take("" + message));
						handled.addAndGet(messages.size());
					});
				}
				return received;
			}));
		}

		int received = results.stream().mapToInt((result) -> result(result)).sum();

		assertThat(received).isEqualTo(handled.get()).isEqualTo(1050);
		assertThat(effects()).hasSize(1050).doesNotHaveDuplicates();
	}

	static List<Function<Integer, MessageIdentity>> identitiesOfMany() {
		return List.of((number) -> MessageId.of("m-" + number),
				// One partition for all numbers that occur in the same batches.
				(number) -> new MessagePosition("orders", 0, number));
	}

	/**
	 * Whoever waits fails, as it has to under this level, and is told when it comes
	 * again.
	 */
	@Test
	void underRepeatableReadTheEffectIsThereOnceAllTheSame() {
		TransactionTemplate repeatableRead = this.application.transaction();
		repeatableRead.setIsolationLevel(TransactionDefinition.ISOLATION_REPEATABLE_READ);
		CountDownLatch all = new CountDownLatch(10);
		List<Future<Boolean>> results = new ArrayList<>();
		for (int i = 0; i < 10; i++) {
			results.add(this.threads.submit(() -> {
				all.countDown();
				all.await();
				while (true) {
					try {
						return Boolean.TRUE.equals(repeatableRead.execute((status) -> {
							this.application.jdbc().sql("select 1").query().singleValue();
							return this.inbox.receive("billing", "m-1", () -> take("one"));
						}));
					}
					catch (ConcurrencyFailureException ex) {
						// Comes again.
					}
				}
			}));
		}

		assertThat(results.stream().filter((result) -> result(result))).hasSize(1);
		assertThat(effects()).containsExactly("one");
	}

	private static Throwable failureOf(Future<?> future) {
		try {
			result(future);
			return new AssertionError("It has not failed");
		}
		catch (IllegalStateException ex) {
			return ex.getCause().getCause();
		}
	}

	private static void join(CountDownLatch latch) {
		await().until(() -> latch.getCount() == 0);
	}

	private int waitingForLocks() {
		return this.tables.jdbc()
			.sql("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
			.query(Integer.class)
			.single();
	}

	private void take(String effect) throws DataAccessException {
		this.application.jdbc().sql("insert into effect values (?)").param(effect).update();
	}

	private List<String> effects() {
		return this.tables.jdbc().sql("select what from effect").query(String.class).list();
	}

}
