package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;

import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.TransactionDefinition;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 5: events of a key reach each consumer in the order in which their transactions
 * wrote them, over any number of instances.
 */
class OrderPerKeyTests extends Scenario {

	private static final int KEYS = 100;

	private static final int PER_KEY = 200;

	private static final int PER_TRANSACTION = 5;

	@BeforeEach
	void createTables() {
		this.ledger.create();
		this.tables.execute("create table aggregate (key text primary key, version int not null default 0)");
		for (int key = 0; key < KEYS; key++) {
			this.tables.execute("insert into aggregate (key) values ('key-%03d')".formatted(key));
		}
	}

	@Test
	void twoInstancesDeliverTwentyThousandEventsInTheOrderOfTheirKeys() throws Exception {
		TestApplication one = start(App.class);
		TestApplication two = start(App.class);

		write(one, two, KEYS * PER_KEY);

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), KEYS, PER_KEY)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("outside"), KEYS, PER_KEY)).isEmpty();
	}

	@Test
	void theOrderHoldsWhileAnInstanceIsStoppedAndStarted() throws Exception {
		TestApplication one = start(App.class);
		TestApplication two = start(App.class);
		Future<?> writing = this.threads.submit(() -> {
			write(one, two, KEYS * PER_KEY / 4);
			return null;
		});

		int restarts = 0;
		do {
			two.stop();
			two.start();
			restarts++;
		}
		while (!writing.isDone() || restarts < 5);
		writing.get();

		await().until(() -> this.tables.events() == 0);
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), KEYS, PER_KEY / 4)).isEmpty();
		// A clean stop causes no duplicate, so this is exact as well.
		assertThat(OrderPerKey.violations(this.ledger.events("outside"), KEYS, PER_KEY / 4)).isEmpty();
	}

	@Test
	void theOrderHoldsThroughFailures() throws Exception {
		String[] failing = { "failures=0.02", "pyxbox.retry.max-attempts=100", "pyxbox.retry.initial-interval=5ms",
				"pyxbox.retry.max-interval=20ms" };
		TestApplication one = start(App.class, failing);
		TestApplication two = start(App.class, failing);

		write(one, two, KEYS * PER_KEY / 4);

		await().until(() -> this.tables.events() == 0);
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("transactional"), KEYS, PER_KEY / 4)).isEmpty();
		assertThat(this.ledger.events("outside")).hasSizeGreaterThan(KEYS * PER_KEY / 4);
		assertThat(OrderPerKey.violations(OrderPerKey.withoutImmediateRepeats(this.ledger.events("outside")), KEYS,
				PER_KEY / 4))
			.isEmpty();
	}

	/**
	 * The negative control: what is lost, doubled or overtaken is seen.
	 */
	@Test
	void whatIsLostDoubledOrOvertakenIsFound() {
		assertThat(OrderPerKey.violations(counted("a", 1, 3), 1, 3)).isEmpty();
		assertThat(OrderPerKey.violations(counted("a", 1, 3), 2, 3)).isNotEmpty();
		assertThat(OrderPerKey.violations(counted("a", 2, 3), 1, 3)).isNotEmpty();
		assertThat(OrderPerKey.violations(List.of(new Counted("a", 1), new Counted("a", 1)), 1, 1)).isNotEmpty();
		assertThat(OrderPerKey.violations(List.of(new Counted("a", 2), new Counted("a", 1)), 1, 2)).isNotEmpty();
		assertThat(OrderPerKey.withoutImmediateRepeats(
				List.of(new Counted("a", 1), new Counted("b", 1), new Counted("a", 1), new Counted("b", 2))))
			.containsExactly(new Counted("a", 1), new Counted("b", 1), new Counted("b", 2));
	}

	/**
	 * The negative control: so is what differs from what was committed.
	 */
	@Test
	void whatDiffersFromWhatWasCommittedIsFound() {
		List<Counted> committed = List.of(new Counted("a", 7), new Counted("b", 2), new Counted("a", 3));
		List<Counted> repeated = List.of(new Counted("a", 7), new Counted("a", 3), new Counted("b", 2),
				new Counted("a", 7), new Counted("a", 3));

		assertThat(OrderPerKey.violations(committed, committed)).isEmpty();
		assertThat(OrderPerKey.violations(List.of(), committed)).hasSize(2);
		assertThat(OrderPerKey.violations(committed, committed.subList(0, 1))).hasSize(2);
		assertThat(OrderPerKey.violations(List.of(new Counted("a", 3), new Counted("b", 2), new Counted("a", 7)),
				committed))
			.containsExactly("a: 2 events in place of 2, from the 1. on [3, 7] in place of [7, 3]");
		assertThat(OrderPerKey.violations(OrderPerKey.withoutImmediateRepeats(repeated), committed)).isNotEmpty();
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(repeated), committed)).isEmpty();
	}

	/**
	 * The negative control: two naive readers that skip what the other has locked.
	 */
	@Test
	void readersThatSkipLockedRowsDoNotKeepTheOrder() throws Exception {
		TestApplication application = prepare(App.class);
		write(application, application, KEYS * 10);
		JdbcClient jdbc = application.jdbc();
		List<Counted> received = new ArrayList<>();

		application.inTransaction(() -> {
			List<Counted> slow = skipLocked(jdbc);
			application.transaction(TransactionDefinition.PROPAGATION_REQUIRES_NEW)
				.executeWithoutResult((status) -> received.addAll(skipLocked(jdbc)));
			received.addAll(slow);
		});

		assertThat(received).hasSize(KEYS * 10);
		assertThat(OrderPerKey.violations(received, KEYS, 10)).isNotEmpty();
	}

	private static List<Counted> skipLocked(JdbcClient jdbc) {
		return jdbc.sql("""
				select payload->>'key' as key, (payload->>'number')::int as number
				from events order by id limit %d for update skip locked
				""".formatted(KEYS * 5)).query(Counted.class).list();
	}

	/**
	 * Writes from both instances; each transaction locks the aggregates it changes, as an
	 * application does that cares for their order.
	 */
	private void write(TestApplication one, TestApplication two, int events) throws Exception {
		List<List<String>> transactions = new ArrayList<>();
		List<String> keys = IntStream.range(0, events).mapToObj((i) -> "key-%03d".formatted(i % KEYS)).toList();
		List<String> shuffled = new ArrayList<>();
		Random random = new Random(events);
		for (int from = 0; from < events; from += KEYS) {
			List<String> round = new ArrayList<>(keys.subList(from, from + KEYS));
			Collections.shuffle(round, random);
			shuffled.addAll(round);
		}
		for (int from = 0; from < events; from += PER_TRANSACTION) {
			transactions.add(shuffled.subList(from, from + PER_TRANSACTION).stream().sorted().toList());
		}
		ConcurrentLinkedQueue<List<String>> work = new ConcurrentLinkedQueue<>(transactions);
		List<Future<?>> writers = IntStream.range(0, 4)
			.<Future<?>>mapToObj((i) -> this.threads.submit(() -> writeAll(work, (i % 2 == 0) ? one : two)))
			.toList();
		for (Future<?> writer : writers) {
			writer.get();
		}
	}

	private static void writeAll(ConcurrentLinkedQueue<List<String>> work, TestApplication application) {
		JdbcClient jdbc = application.jdbc();
		for (List<String> keys = work.poll(); keys != null; keys = work.poll()) {
			List<String> change = keys;
			application.inTransaction(() -> {
				for (String key : change) {
					int version = jdbc.sql("update aggregate set version = version + 1 where key = ? returning version")
						.param(key)
						.query(Integer.class)
						.single();
					application.outbox().emit(new Counted(key, version));
				}
			});
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Listeners listeners(Ledger ledger, @Value("${failures:0}") double failures) {
			return new Listeners(ledger, failures);
		}

	}

	record Listeners(Ledger ledger, double failures) {

		@OutboxListener(consumer = "transactional")
		void transactional(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
			failNowAndThen();
		}

		@OutboxListener(consumer = "outside", transactional = false)
		void outside(Counted event, EventMetadata metadata) {
			// Commits by itself, so the ledger has each call.
			this.ledger.write(event, metadata);
			failNowAndThen();
		}

		private void failNowAndThen() {
			if (ThreadLocalRandom.current().nextDouble() < this.failures) {
				throw new Mishap("now and then");
			}
		}

	}

}
