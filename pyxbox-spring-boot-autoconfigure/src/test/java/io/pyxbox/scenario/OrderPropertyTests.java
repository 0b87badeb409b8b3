package io.pyxbox.scenario;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import io.pyxbox.DeliveryIsolation;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Promise 5, whatever happens: random writers, failures, instances and connections. To
 * repeat a run set {@code pyxbox.test.seed} to the seed that it printed; for more rounds
 * set {@code pyxbox.test.rounds}.
 */
@Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OrderPropertyTests extends Scenario {

	private static final int STEPS = 10;

	private static final int TRANSACTIONS_PER_STEP = 80;

	@ParameterizedTest(name = "seed {0}")
	@MethodSource("seeds")
	void theOrderHoldsWhileInstancesComeAndGoAndListenersFail(long seed) throws Exception {
		Journal journal = run(seed, false);

		List<Counted> committed = RandomWriters.committed(this.tables);
		assertThat(OrderPerKey.violations(this.ledger.events("isolated"), committed)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("chunk"), committed)).isEmpty();
		for (String consumer : List.of("isolated", "outside")) {
			List<Counted> calls = OrderPerKey.withoutImmediateRepeats(journal.events(consumer));
			assertThat(OrderPerKey.violations(calls, committed)).as(consumer).isEmpty();
		}
	}

	/**
	 * Whoever has lost its connection does not know yet that others have taken over, so
	 * outside what was not recorded is repeated, from the first event of the key that was
	 * not. In the database that has no effect.
	 */
	@ParameterizedTest(name = "seed {0}")
	@MethodSource("seeds")
	void theOrderHoldsWhileConnectionsAreCutAsWell(long seed) throws Exception {
		Journal journal = run(seed, true);

		List<Counted> committed = RandomWriters.committed(this.tables);
		assertThat(OrderPerKey.violations(this.ledger.events("isolated"), committed)).isEmpty();
		assertThat(OrderPerKey.violations(this.ledger.events("chunk"), committed)).isEmpty();
		assertThat(OrderPerKey.violations(OrderPerKey.withoutRepeats(journal.events("outside")), committed)).isEmpty();
	}

	static LongStream seeds() {
		int rounds = Integer.getInteger("pyxbox.test.rounds", 3);
		Long given = Long.getLong("pyxbox.test.seed");
		long first = (given != null) ? given : System.nanoTime();
		return LongStream.iterate(first, (seed) -> new SplittableRandom(seed).nextLong()).limit(rounds);
	}

	private Journal run(long seed, boolean cut) throws Exception {
		this.ledger.create();
		RandomWriters.createTables(this.tables);
		Journal journal = new Journal();
		RandomInstances instances = endAfterwards(
				new RandomInstances(new Random(seed), cut, this.tables, (properties) -> TestApplication
					.startSharing(journal, this.database, App.class, withCommon(seed, properties))));
		RandomWriters writers = new RandomWriters(seed, instances, this.threads);
		for (int step = 0; step < STEPS; step++) {
			writers.ask(TRANSACTIONS_PER_STEP);
			instances.change();
			writers.await(TRANSACTIONS_PER_STEP);
		}
		writers.end();
		instances.atLeastOne();
		await().atMost(Duration.ofSeconds(60)).until(() -> this.tables.events() == 0);
		System.out.printf("-Dpyxbox.test.seed=%d: %s, %d events, %d calls%n", seed, instances,
				this.tables.count("written"), journal.calls().size());
		assertThat(this.tables.deadLetters()).isEmpty();
		assertThat(this.tables.retries()).isZero();
		return journal;
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
		Listeners listeners(Ledger ledger, Journal journal, @Value("${seed}") long seed) {
			return new Listeners(ledger, journal, seed);
		}

	}

	record Listeners(Ledger ledger, Journal journal, long seed) {

		@OutboxListener(consumer = "isolated")
		void isolated(Counted event, EventMetadata metadata) {
			this.journal.note(event, metadata);
			this.ledger.write(event, metadata);
			failNowAndThen(event, metadata);
		}

		@OutboxListener(consumer = "chunk", isolation = DeliveryIsolation.CHUNK)
		void chunk(Counted event, EventMetadata metadata) {
			this.ledger.write(event, metadata);
			failNowAndThen(event, metadata);
		}

		@OutboxListener(consumer = "outside", transactional = false)
		void outside(Counted event, EventMetadata metadata) {
			this.journal.note(event, metadata);
			failNowAndThen(event, metadata);
		}

		/** The same attempt fails in the same way wherever it is made. */
		private void failNowAndThen(Counted event, EventMetadata metadata) {
			int attempt = Objects.hash(metadata.consumer().value(), event, metadata.attempt());
			if (new SplittableRandom(this.seed + attempt).nextInt(20) == 0) {
				throw new Mishap("now and then");
			}
		}

	}

}
