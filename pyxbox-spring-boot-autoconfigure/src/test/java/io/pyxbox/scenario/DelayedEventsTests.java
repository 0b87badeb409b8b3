package io.pyxbox.scenario;

import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import io.pyxbox.EmitOptions;
import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import io.pyxbox.TransactionalOutbox;
import io.pyxbox.standalone.Pyxbox;
import io.pyxbox.store.DelayedStore;
import io.pyxbox.store.EventTable;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An event that is not to be delivered before a time waits where it costs the others
 * nothing, and is then delivered like any other.
 */
class DelayedEventsTests extends Scenario {

	private static final String RARE_POLLS = "pyxbox.poller.poll-interval=1h";

	@Test
	void isDeliveredWhenItIsDueAndNotBefore() {
		TestApplication application = start(App.class);
		long startedAt = System.nanoTime();

		EventId id = application.outbox().emit(new Counted("a", 1), in(Duration.ofMillis(700)));
		application.outbox().emit(new Counted("a", 2));

		await().until(() -> journal(application).size() == 2);
		assertThat(journal(application)).extracting(Journal.Call::number).containsExactly(2, 1);
		assertThat(journal(application).get(1).id()).isEqualTo(id);
		assertThat(Duration.ofNanos(journal(application).get(1).nanos() - startedAt))
			.isGreaterThanOrEqualTo(Duration.ofMillis(700));
		await().until(this.tables::isEmpty);
	}

	@Test
	void itsDueTimeIsWaitedForAndNotTheNextPoll() {
		TestApplication application = start(App.class, RARE_POLLS);

		application.outbox().emit(new Counted("a", 1), in(Duration.ofMillis(300)));
		application.outbox().emit(new Counted("b", 2), EmitOptions.none().notBefore(Instant.EPOCH));

		await().atMost(Duration.ofSeconds(10))
			.untilAsserted(
					() -> assertThat(journal(application)).extracting(Journal.Call::number).containsExactly(2, 1));
	}

	@Test
	void anInstanceThatDoesNotDeliverTellsTheOthersOfWhatIsDueSoon() {
		TestApplication delivering = start(App.class, RARE_POLLS);
		TestApplication emitting = prepare(App.class, RARE_POLLS);
		await().until(() -> this.tables.jdbc()
			.sql("select count(*) from pg_stat_activity where datname = current_database() and query like 'LISTEN%'")
			.query(Integer.class)
			.single() == 1);

		await().until(() -> {
			// Until the other one is all ears.
			emitting.outbox().emit(new Counted("a", 1), in(Duration.ofMillis(10)));
			return !journal(delivering).isEmpty();
		});

		assertThat(journal(emitting)).isEmpty();
	}

	@Test
	void noDelayIsNoDelay() {
		TestApplication application = prepare(App.class);

		application.outbox().emit(new Counted("a", 1), in(Duration.ZERO));
		application.outbox().emit(new Counted("a", 2), in(Duration.ofSeconds(-1)));

		assertThat(this.tables.numbers()).containsExactly(1, 2);
		assertThat(this.tables.count("events_delayed")).isZero();
	}

	@Test
	void whatWasDueWhileNobodyWasThereComesInTheOrderInWhichItWasDue() {
		TestApplication application = prepare(App.class);
		List<Integer> numbers = new ArrayList<>(range(1, 1200));
		Collections.shuffle(numbers, new Random(1));
		Instant base = this.tables.jdbc()
			.sql("select clock_timestamp()")
			.query(OffsetDateTime.class)
			.single()
			.toInstant()
			.plusSeconds(3_600);
		application.inTransaction(() -> numbers.forEach((number) -> application.outbox()
			.emit(new Counted("a", number), EmitOptions.none().notBefore(base.plusNanos(number * 1_000L)))));
		this.tables.execute("update events_delayed set due_at = due_at - interval '2 hours'");

		application.start();

		await().until(this.tables::isEmpty);
		assertThat(journal(application)).extracting(Journal.Call::number).isEqualTo(range(1, 1200));
	}

	@Test
	void thoseOfOneTransactionWithTheSameDelayStayInOrder() {
		TestApplication application = start(App.class);

		application.inTransaction(() -> counted("a", 1, 50)
			.forEach((event) -> application.outbox().emit(event, in(Duration.ofMillis(100)))));

		await().until(() -> journal(application).size() == 50);
		assertThat(journal(application)).extracting(Journal.Call::number).isEqualTo(range(1, 50));
	}

	@Test
	void severalInstancesMoveEachEventOnceAndInOrder() throws Exception {
		List<TestApplication> applications = IntStream.range(0, 3).mapToObj((i) -> start(InTheLedger.class)).toList();
		this.ledger.create();
		CountDownLatch go = new CountDownLatch(1);
		List<Future<?>> emitting = new ArrayList<>();
		for (int writer = 0; writer < 6; writer++) {
			String key = "key-" + writer;
			TransactionalOutbox outbox = applications.get(writer % 3).outbox();
			emitting.add(this.threads.submit(() -> {
				go.await();
				for (int number = 1; number <= 60; number++) {
					outbox.emit(new Counted(key, number), in(Duration.ofMillis(150)));
				}
				return null;
			}));
		}

		go.countDown();
		emitting.forEach(Scenario::result);

		await().until(() -> this.ledger.size() >= 360);
		await().until(this.tables::isEmpty);
		assertThat(OrderPerKey.violations(this.ledger.events(), 6, 60)).isEmpty();
	}

	@Test
	void belongsToItsTransaction() {
		TestApplication application = prepare(App.class);

		application.inTransaction((status) -> {
			application.outbox().emit(new Counted("a", 1), in(Duration.ofMinutes(1)));
			status.setRollbackOnly();
		});

		assertThat(this.tables.count("events_delayed")).isZero();
	}

	@Test
	void keepsItsKeyHeadersTopicAndTheTimeOfItsEmission() {
		TestApplication application = start(App.class);

		application.outbox()
			.emit(new Counted("a", 1),
					in(Duration.ofMillis(300)).withHeader("tenant", "x").withTopic("t").withPartitionKey("other"));

		await().until(() -> !journal(application).isEmpty());
		EventMetadata metadata = application.bean(App.Listener.class).last().get(0);
		assertThat(metadata.headers()).containsEntry("tenant", "x");
		assertThat(metadata.topic()).isEqualTo("t");
		assertThat(metadata.partitionKey()).isEqualTo("other");
	}

	@Test
	void isMovedForThoseWhoPullWithoutSpringBoot() throws Exception {
		Pyxbox pyxbox = endAfterwards(Pyxbox.builder(this.database.dataSource()).eventTypes(Counted.class).build());
		CountDownLatch pulled = new CountDownLatch(1);
		this.threads.submit(() -> pyxbox.inbox().consume((event) -> pulled.countDown()));

		pyxbox.outbox().emit(new Counted("a", 1), in(Duration.ofMillis(300)));

		assertThat(pulled.await(20, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void aTimeCenturiesAheadIsOneLikeAnyOther() {
		TestApplication application = start(App.class, RARE_POLLS);

		application.outbox()
			.emit(new Counted("a", 1), EmitOptions.none().notBefore(Instant.parse("9999-12-31T00:00:00Z")));
		application.outbox().emit(new Counted("a", 2), in(Duration.ofMillis(100)));

		await()
			.untilAsserted(() -> assertThat(journal(application)).extracting(Journal.Call::number).containsExactly(2));
		assertThat(this.tables.count("events_delayed")).isOne();
	}

	/** As if there were so much in them that moving them took too long. */
	@Test
	void whatCannotBeMovedAtOnceIsMovedInSmallerBatches() {
		TestApplication application = prepare(App.class);
		application.inTransaction(() -> counted("a", 1, 300)
			.forEach((event) -> application.outbox().emit(event, in(Duration.ofMillis(1)))));
		refuse("(select count(*) from inserted) > 100");

		application.start();

		await().until(() -> journal(application).size() == 300);
		assertThat(journal(application)).extracting(Journal.Call::number).isEqualTo(range(1, 300));
	}

	@Test
	void whileNothingCanBeMovedConsumersAreKeptAllTheSame() {
		TestApplication application = prepare(App.class);
		application.outbox().emit(new Counted("a", 1), in(Duration.ofMillis(1)));
		refuse("true");
		application.start();

		this.tables.execute("update events_consumer set last_seen_at = now() - interval '1 day'");

		await().until(() -> this.tables.count("events_consumer where last_seen_at > now() - interval '1 hour'") == 1);
		assertThat(this.tables.count("events_delayed")).isOne();
	}

	@Test
	void whatSomebodyElseHasMovedInVainDoesNotWaitForTheNextPoll() throws Exception {
		TestApplication application = start(App.class, RARE_POLLS);
		DelayedStore store = new DelayedStore(new EventTable("public", "events"));

		try (Connection other = this.database.dataSource().getConnection()) {
			other.setAutoCommit(false);
			store.move(other, DelayedStore.Place.before(null), 1);
			application.outbox().emit(new Counted("a", 1), in(Duration.ofMillis(100)));
			await().until(
					() -> this.tables.count("events_delayed where due_at < now() - interval '300 milliseconds'") == 1);
		}

		await().atMost(Duration.ofSeconds(10)).until(() -> journal(application).size() == 1);
	}

	private void refuse(String condition) {
		this.tables.execute("""
				create function refuse() returns trigger language plpgsql as $$
				begin
				  if %s then raise exception 'not now'; end if;
				  return null;
				end $$
				""".formatted(condition));
		this.tables.execute("""
				create trigger refuse after insert on events referencing new table as inserted
				for each statement execute function refuse()
				""");
	}

	private static EmitOptions in(Duration delay) {
		return EmitOptions.none().notBefore(delay);
	}

	private static List<Journal.Call> journal(TestApplication application) {
		return List.copyOf(application.bean(Journal.class).calls());
	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class App {

		@Bean
		Journal journal() {
			return new Journal();
		}

		@Bean
		Listener listener(Journal journal) {
			return new Listener(journal, new java.util.concurrent.CopyOnWriteArrayList<>());
		}

		record Listener(Journal journal, List<EventMetadata> last) {

			@OutboxListener(consumer = "test")
			void on(Counted event, EventMetadata metadata) {
				this.last.add(metadata);
				this.journal.note(event, metadata);
			}

		}

	}

	@Configuration(proxyBeanMethods = false)
	@Import(LedgerApplication.class)
	static class InTheLedger {

		@Bean
		Listener listener(Ledger ledger) {
			return new Listener(ledger);
		}

		record Listener(Ledger ledger) {

			@OutboxListener(consumer = "test")
			void on(Counted event, EventMetadata metadata) {
				this.ledger.write(event, metadata);
			}

		}

	}

}
