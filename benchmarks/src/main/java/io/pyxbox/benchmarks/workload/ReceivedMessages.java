package io.pyxbox.benchmarks.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.NoArgGenerator;
import io.pyxbox.ConsumerId;
import io.pyxbox.MessageId;
import io.pyxbox.MessageIdentity;
import io.pyxbox.MessagePosition;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.standalone.Pyxbox;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Messages that arrive on two threads, and one way to receive them.
 *
 * @param title how they are received
 * @param messages how many there are
 * @param step how many are received at once
 * @param isNew whether they take effect
 * @param work receives the messages from a number on
 */
record ReceivedMessages(String title, int messages, int step, boolean isNew, IntConsumer work) {

	static final int BATCH = 100;

	static final ConsumerId CONSUMER = new ConsumerId("benchmark");

	private static final int THREADS = 2;

	/** All ways, beside the same work without an inbox. */
	static List<ReceivedMessages> ways(Pyxbox pyxbox, int messages) {
		JdbcTemplate jdbc = new JdbcTemplate(pyxbox.dataSource());
		TransactionTemplate plain = new TransactionTemplate(pyxbox.transactionManager());
		TransactionalInbox inbox = pyxbox.inbox();
		NoArgGenerator generator = Generators.timeBasedEpochGenerator();
		AtomicLong offsets = new AtomicLong();
		Function<Integer, MessageIdentity> random = (number) -> MessageId.of(UUID.randomUUID());
		Function<Integer, MessageIdentity> ordered = (number) -> MessageId.of(generator.generate());
		Function<Integer, MessageIdentity> again = (number) -> MessageId.of("again-" + number);
		Function<Integer, MessageIdentity> position = (number) -> new MessagePosition("topic",
				(int) (Thread.currentThread().getId() % 1000), offsets.getAndIncrement());
		IntConsumer effect = (number) -> jdbc.update("INSERT INTO effects (number) VALUES (?)", number);
		for (int number = 0; number < messages; number++) {
			inbox.receive(CONSUMER, again.apply(number), () -> {
			});
		}
		List<ReceivedMessages> ways = new ArrayList<>();
		ways.add(new ReceivedMessages("no inbox", messages, 1, true,
				(number) -> plain.executeWithoutResult((status) -> effect.accept(number))));
		ways.add(single("by id, random", messages, true, inbox, random, effect));
		ways.add(single("by id, ordered", messages, true, inbox, ordered, effect));
		ways.add(single("by id, seen before", messages, false, inbox, again, effect));
		ways.add(single("by offset", messages, true, inbox, position, effect));
		ways.add(new ReceivedMessages("no inbox, batches", messages, BATCH, true,
				(first) -> plain.executeWithoutResult((status) -> effects(jdbc, batch(first)))));
		ways.add(batches("by id, random, batches", messages, inbox, random, jdbc));
		ways.add(batches("by offset, batches", messages, inbox, position, jdbc));
		return ways;
	}

	private static ReceivedMessages single(String title, int messages, boolean isNew, TransactionalInbox inbox,
			Function<Integer, MessageIdentity> identity, IntConsumer effect) {
		return new ReceivedMessages(title, messages, 1, isNew,
				(number) -> inbox.receive(CONSUMER, identity.apply(number), () -> effect.accept(number)));
	}

	private static ReceivedMessages batches(String title, int messages, TransactionalInbox inbox,
			Function<Integer, MessageIdentity> identity, JdbcTemplate jdbc) {
		return new ReceivedMessages(title, messages, BATCH, true,
				(first) -> inbox.receiveAll(CONSUMER, batch(first), identity, (numbers) -> effects(jdbc, numbers)));
	}

	private static List<Integer> batch(int first) {
		return IntStream.range(first, first + BATCH).boxed().toList();
	}

	private static void effects(JdbcTemplate jdbc, List<Integer> numbers) {
		jdbc.batchUpdate("INSERT INTO effects (number) VALUES (?)",
				numbers.stream().map((number) -> new Object[] { number }).toList());
	}

	/** Receives all of them, and returns how many in a second. */
	double rate() {
		ExecutorService threads = Executors.newFixedThreadPool(THREADS);
		try {
			long startedAt = System.nanoTime();
			int share = this.messages / THREADS / this.step * this.step;
			CompletableFuture
				.allOf(IntStream.range(0, THREADS)
					.mapToObj((thread) -> CompletableFuture.runAsync(() -> receive(thread * share, share), threads))
					.toArray(CompletableFuture<?>[]::new))
				.join();
			return share * THREADS / ((System.nanoTime() - startedAt) / 1e9);
		}
		finally {
			threads.shutdown();
		}
	}

	private void receive(int from, int count) {
		for (int number = from; number < from + count; number += this.step) {
			this.work.accept(number);
		}
	}

	/** Each has taken effect once, or none if all of them came again. */
	void requireEffects(long effects) {
		int share = this.messages / THREADS / this.step * this.step;
		if (effects != (this.isNew ? share * THREADS : 0)) {
			throw new IllegalStateException("%s: %d effects of %d messages".formatted(this.title, effects, messages()));
		}
	}

}
