package io.pyxbox.scenario;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import com.sun.management.ThreadMXBean;
import io.pyxbox.ConsumerId;
import io.pyxbox.DeadLetter;
import io.pyxbox.DeadLetterFilter;
import io.pyxbox.EventId;
import io.pyxbox.scenario.FlakyApplication.Flaky;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static io.pyxbox.scenario.FlakyApplication.GIVES_UP_AT_ONCE;
import static io.pyxbox.scenario.FlakyApplication.deadLetters;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * A dead letter that is redriven is delivered once more, from however many places it is
 * redriven.
 */
class RedriveTests extends Scenario {

	private static final DeadLetterFilter ALL = DeadLetterFilter.all();

	private static final String WAITS_FOR_ITS_WAKE_UP = "pyxbox.poller.poll-interval=1h";

	@BeforeEach
	void createLedger() {
		this.ledger.create();
	}

	@Test
	void aDeadLetterIsDeliveredToItsConsumerOnceMoreAtOnce() {
		TestApplication application = start(FlakyApplication.class, GIVES_UP_AT_ONCE, WAITS_FOR_ITS_WAKE_UP);
		EventId id = application.outbox().emit(new Counted("a", 1));
		await().until(() -> this.tables.deadLetters().size() == 1);
		application.bean(Flaky.class).isRepaired();
		DeadLetter letter = deadLetters(application).list(ALL, 0, 10).get(0);
		await().until(this.tables::isLeftAlone);

		boolean redriven = deadLetters(application).redrive(letter.id());

		assertThat(redriven).isTrue();
		await().untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo(1));
		await().until(() -> this.tables.events() == 0);
		assertThat(letter.eventId()).isEqualTo(id);
		assertThat(this.tables.jdbc()
			.sql("select concat_ws(' ', consumer, key, number, attempt, event_id) from ledger")
			.query(String.class)
			.single()).isEqualTo("flaky a 1 1 " + id);
		assertThat(deadLetters(application).find(letter.id())).isEmpty();
		assertThat(deadLetters(application).redrive(letter.id())).isFalse();
	}

	@Test
	void whatBlocksItsKeyIsDeliveredBeforeWhatWaitsBehindIt() {
		TestApplication application = prepare(FlakyApplication.class);
		application.bean(Flaky.class).isRepaired();
		application.outbox().emitAll(counted("a", 1, 5));
		application.outbox().emitAll(counted("b", 1, 5));
		this.tables.block("flaky", 1);
		this.tables.block("flaky", 6);

		assertThat(deadLetters(application).list(ALL, 0, 10)).hasSize(2).allMatch(DeadLetter::blocking);
		assertThat(deadLetters(application).redrive(ALL.withPartitionKey("a"))).isEqualTo(1);
		assertThat(deadLetters(application).discard(ALL.withPartitionKey("b"))).isEqualTo(1);
		application.start();

		await().untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo(9));
		await().until(() -> this.tables.events() == 0);
		assertThat(numbersOf("a")).isEqualTo(range(1, 5));
		assertThat(numbersOf("b")).isEqualTo(range(2, 5));
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void deadLettersOfAKeyAreDeliveredInTheOrderInWhichTheyDied() {
		TestApplication application = start(FlakyApplication.class, GIVES_UP_AT_ONCE);
		application.outbox().emitAll(counted("a", 1, 700));
		await().until(() -> this.tables.deadLetters().size() == 700);
		application.bean(Flaky.class).isRepaired();
		List<Long> backwards = deadLetters(application).list(ALL, 0, 700)
			.stream()
			.map(DeadLetter::id)
			.sorted((one, other) -> Long.compare(other, one))
			.toList();

		assertThat(deadLetters(application).redrive(backwards)).isEqualTo(700);

		await().untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo(700));
		assertThat(this.ledger.numbers()).isEqualTo(range(1, 700));
	}

	@Test
	void fromSeveralPlacesAtOnceEachIsRedrivenOnceWhileOthersAreDelivered() throws Exception {
		List<TestApplication> applications = List.of(start(FlakyApplication.class, GIVES_UP_AT_ONCE),
				start(FlakyApplication.class, GIVES_UP_AT_ONCE));
		int count = 3000;
		List<Counted> events = new ArrayList<>();
		for (int number = 1; number <= count; number++) {
			events.add(new Counted("key-" + number % 50, number));
		}
		applications.get(0).outbox().emitAll(events);
		await().until(() -> this.tables.count("events_dead_letter") == count);
		applications.forEach((application) -> application.bean(Flaky.class).isRepaired());

		List<Long> redriven = atOnce(
				IntStream.range(0, 4).mapToObj((i) -> deadLetters(applications.get(i % 2))).toList(),
				(deadLetters) -> deadLetters.redrive(ALL.withConsumer(new ConsumerId("flaky"))));

		assertThat(redriven.stream().mapToLong(Long::longValue).sum()).isEqualTo(count);
		await().untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo(count));
		await().until(() -> this.tables.events() == 0);
		assertThat(this.ledger.numbers()).doesNotHaveDuplicates();
		assertThat(this.tables.deadLetters()).isEmpty();
	}

	@Test
	void whatFailsAgainMeanwhileIsNotRedrivenAgain() {
		TestApplication application = start(FlakyApplication.class, GIVES_UP_AT_ONCE);
		int count = 2000;
		application.outbox()
			.emitAll(IntStream.rangeClosed(1, count).mapToObj((number) -> new Counted(null, number)).toList());
		await().until(() -> this.tables.count("events_dead_letter") == count);
		application.bean(Flaky.class).failsFor((number) -> number % 2 == 0);

		assertThat(deadLetters(application).redrive(ALL)).isEqualTo(count);

		await().untilAsserted(() -> assertThat(this.ledger.size()).isEqualTo(count / 2));
		await().until(() -> this.tables.events() == 0);
		assertThat(deadLetters(application).count(ALL)).isEqualTo(count / 2);
		assertThat(this.ledger.numbers()).doesNotHaveDuplicates();
	}

	@Test
	void manyLargeOnesAreRedrivenWithoutBeingRead() {
		TestApplication application = prepare(FlakyApplication.class);
		this.tables.execute(
				"""
						insert into events_dead_letter (consumer, bucket, original_id, event_id, type, payload, created_at, attempts,
						  first_failed_at, error_class, stack_trace)
						select 'flaky', i % 64, i, gen_random_uuid(), 'counted',
						  jsonb_build_object('number', i, 'filler', repeat('x', 10000)), clock_timestamp(), 1, clock_timestamp(), 'E', ''
						from generate_series(1, 20000) i
						""");
		ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = memory.getThreadAllocatedBytes(Thread.currentThread().getId());

		long redriven = deadLetters(application).redrive(ALL);

		long allocated = memory.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
		assertThat(redriven).isEqualTo(20_000);
		assertThat(allocated).as("of 200 MB").isLessThan(50_000_000);
		assertThat(this.tables.count("events where consumer = 'flaky'")).isEqualTo(20_000);
		assertThat(this.tables.numbers()).isSorted();
	}

	@Test
	void aPageHasALimit() {
		TestApplication application = prepare(FlakyApplication.class);

		assertThatIllegalArgumentException().isThrownBy(() -> deadLetters(application).list(ALL, 0, 0))
			.withMessage("limit must be from 1 to 1000, but is 0");
		assertThatIllegalArgumentException().isThrownBy(() -> deadLetters(application).list(ALL, 0, 1001))
			.withMessageContaining("limit");
	}

	private List<Integer> numbersOf(String key) {
		return this.ledger.events().stream().filter((event) -> key.equals(event.key())).map(Counted::number).toList();
	}

	private <T, R> List<R> atOnce(List<T> places, Call<T, R> call) throws Exception {
		CountDownLatch start = new CountDownLatch(1);
		List<Future<R>> calls = places.stream().map((place) -> this.threads.submit(() -> {
			start.await();
			return call.on(place);
		})).toList();
		start.countDown();
		List<R> results = new ArrayList<>();
		for (Future<R> each : calls) {
			results.add(each.get());
		}
		return results;
	}

	@FunctionalInterface
	private interface Call<T, R> {

		R on(T place) throws Exception;

	}

}
