package io.pyxbox.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import io.pyxbox.EventEnvelope;
import io.pyxbox.InboxView;
import io.pyxbox.TransactionalInbox;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promises 2, 3 and 5 for those who pull, whatever happens: random writers, handlers that
 * fail, all ways to pull at the same time, instances that come and go, connections that
 * are cut. To repeat a run set {@code pyxbox.test.seed} to the seed that it printed; for
 * more rounds set {@code pyxbox.test.rounds}.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PullPropertyTests extends Scenario {

	private static final int STEPS = 8;

	private static final int TRANSACTIONS_PER_STEP = 80;

	@ParameterizedTest(name = "seed {0}")
	@MethodSource("seeds")
	void everyEventTakesEffectOnceAndInTheOrderOfItsKey(long seed) throws Exception {
		this.ledger.create();
		RandomWriters.createTables(this.tables);
		RandomInstances instances = endAfterwards(
				new RandomInstances(new Random(seed), true, this.tables, (properties) -> TestApplication
					.startSharing(new Journal(), this.database, App.class, withCommon(seed, properties))));
		RandomWriters writers = new RandomWriters(seed, instances, this.threads);

		for (int step = 0; step < STEPS; step++) {
			writers.ask(TRANSACTIONS_PER_STEP);
			instances.change();
			writers.await(TRANSACTIONS_PER_STEP);
		}
		writers.end();
		instances.atLeastOne();
		await().atMost(Duration.ofSeconds(60)).until(() -> this.tables.events() == 0);

		List<Counted> committed = RandomWriters.committed(this.tables);
		System.out.printf("-Dpyxbox.test.seed=%d: %s, %d events%n", seed, instances, committed.size());
		assertThat(OrderPerKey.violations(this.ledger.events("all"), committed)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("looping"), committed)).isEmpty();
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
	}

	static LongStream seeds() {
		int rounds = Integer.getInteger("pyxbox.test.rounds", 2);
		Long given = Long.getLong("pyxbox.test.seed");
		long first = (given != null) ? given : System.nanoTime();
		return LongStream.iterate(first, (seed) -> new SplittableRandom(seed).nextLong()).limit(rounds);
	}

	private static String[] withCommon(long seed, String... properties) {
		return Stream.concat(Stream.of("seed=" + seed, "logging.level.root=off", "pyxbox.poller.poll-interval=50ms",
				"pyxbox.retry.max-attempts=1000", "pyxbox.retry.initial-interval=2ms",
				"pyxbox.retry.max-interval=20ms"), Stream.of(properties))
			.toArray(String[]::new);
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Pullers pullers(TransactionalInbox inbox, Ledger ledger, PlatformTransactionManager manager,
				@Value("${seed}") long seed) {
			return new Pullers(inbox, ledger, new TransactionTemplate(manager), seed);
		}

	}

	/**
	 * Four threads, each of which pulls in a way of its own; all but one for the same
	 * consumer.
	 */
	static final class Pullers implements SmartLifecycle {

		private final InboxView<Counted> all;

		private final InboxView<Counted> looping;

		private final Ledger ledger;

		private final TransactionTemplate transaction;

		private final SplittableRandom random;

		private volatile boolean running;

		Pullers(TransactionalInbox inbox, Ledger ledger, TransactionTemplate transaction, long seed) {
			this.all = inbox.forConsumer("all").ofType(Counted.class).register();
			this.looping = inbox.forConsumer("looping").ofType(Counted.class).register();
			this.ledger = ledger;
			this.transaction = transaction;
			this.random = new SplittableRandom(seed);
		}

		@Override
		public void start() {
			this.running = true;
			start(() -> this.all.consume(this::handle));
			start(() -> this.looping.consume(this::handle));
			start(() -> repeat(() -> this.all.next(this::handle)));
			start(() -> repeat(() -> this.all.take(7, (events) -> events.forEach(this::handle))));
			start(() -> repeat(
					() -> this.transaction.executeWithoutResult((status) -> this.all.next().ifPresent(this::handle))));
		}

		private static void start(Runnable task) {
			Thread thread = new Thread(task);
			thread.setDaemon(true);
			thread.start();
		}

		private void repeat(Runnable pull) {
			while (this.running) {
				try {
					pull.run();
				}
				catch (RuntimeException ex) {
					// Pulled again, by whoever comes first.
				}
			}
		}

		private void handle(EventEnvelope<Counted> event) {
			this.ledger.write(event.event(), event.metadata());
			int attempt = Objects.hash(event.metadata().consumer().value(), event.event(), next());
			if (attempt % 15 == 0) {
				throw new Mishap("now and then");
			}
		}

		private synchronized int next() {
			return this.random.nextInt();
		}

		@Override
		public void stop() {
			this.running = false;
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

	}

}
