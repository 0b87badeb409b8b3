package io.pyxbox.evolution;

import java.util.List;
import java.util.stream.IntStream;

import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.TransactionalInbox;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two versions of an application work side by side: events of a version that an instance
 * does not know wait for one that does, and so do the later events of their keys, but
 * nobody else.
 */
class RollingVersionsTests extends EvolutionScenario {

	private static final int KEYS = 40;

	@ParameterizedTest
	@ValueSource(classes = { OldShop.class, OldShopOutside.class })
	void anOldInstanceLeavesEventsOfALaterVersionToANewOne(Class<?> oldShop) {
		TestApplication old = start(oldShop, "pyxbox.poller.batch-size=10");
		TestApplication next = prepare(NewShop.class);
		for (int key = 0; key < KEYS; key++) {
			old.outbox().emit(new OldShop.Ordered(1), key("key-" + key));
			next.outbox().emit(new NewShop.Ordered("2"), key("key-" + key));
			old.outbox().emit(new OldShop.Ordered(3), key("key-" + key));
		}

		for (int number = 1; number <= 200; number++) {
			old.outbox().emit(new OldShop.Ordered(number), key("other-" + number));
		}

		await().until(() -> this.seen.size() == KEYS + 200);
		assertThat(this.tables.events()).isEqualTo(2 * KEYS);
		assertThat(this.tables.retries()).isZero();
		next.start();
		await().until(() -> this.tables.events() == 0);
		for (int key = 0; key < KEYS; key++) {
			List<String> events = this.seen.eventsOf("key-" + key);
			assertThat(events).hasSize(3).startsWith("old 1", "new 2");
			assertThat(events.get(2)).isIn("old 3", "new 3!");
		}
		assertThat(this.seen.list("select distinct attempt::text from seen")).containsExactly("1");
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	@Test
	void eventsWithoutAKeyWaitTooAndFillUpNoBatch() {
		TestApplication old = prepare(OldShop.class, "pyxbox.poller.batch-size=10");
		TestApplication next = prepare(NewShop.class);
		next.outbox().emitAll(IntStream.range(0, 2_000).mapToObj((i) -> new NewShop.Ordered("x")).toList());
		old.outbox().emitAll(IntStream.range(0, 500).mapToObj(OldShop.Ordered::new).toList());
		this.tables.execute("update events set bucket = 7");

		old.start();

		await().until(() -> this.seen.size() == 500);
		assertThat(this.tables.events()).isEqualTo(2_000);
		next.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(this.seen.list("select by || version from seen group by 1 order by 1")).containsExactly("new2",
				"old1");
		assertThat(this.seen.size()).isEqualTo(2_500);
	}

	@Test
	void manyKeysThatWaitFillUpNoBatch() {
		TestApplication old = prepare(OldShop.class, "pyxbox.poller.batch-size=5");
		TestApplication next = prepare(NewShop.class);
		next.inTransaction(() -> {
			for (int key = 0; key < 500; key++) {
				next.outbox().emit(new NewShop.Ordered("x"), key("key-" + key));
			}
		});
		for (int number = 0; number < 100; number++) {
			old.outbox().emit(new OldShop.Ordered(number), key("other-" + number));
		}
		this.tables.execute("update events set bucket = 7");

		old.start();

		await().until(() -> this.seen.size() == 100);
		assertThat(this.tables.events()).isEqualTo(500);
	}

	@Test
	void aNewInstanceTakesWhatOldOnesEmit() {
		TestApplication old = prepare(OldShop.class);
		start(NewShop.class);

		old.outbox().emit(new OldShop.Ordered(7), key("a"));

		await().until(() -> this.seen.size() == 1);
		assertThat(this.seen.list("select by || ' ' || event || ' ' || version from seen")).containsExactly("new 7! 1");
	}

	@Test
	void bothDeliverWhileBothEmit() {
		TestApplication old = start(OldShop.class);
		TestApplication next = start(NewShop.class);

		for (int number = 1; number <= 30; number++) {
			for (int key = 0; key < 10; key++) {
				if ((number + key) % 2 == 0) {
					old.outbox().emit(new OldShop.Ordered(number), key("key-" + key));
				}
				else {
					next.outbox().emit(new NewShop.Ordered(number + "!"), key("key-" + key));
				}
			}
		}

		await().until(() -> this.tables.events() == 0);
		for (int key = 0; key < 10; key++) {
			assertThat(this.seen.eventsOf("key-" + key)).extracting((seen) -> seen.replaceAll("\\D", ""))
				.containsExactlyElementsOf(IntStream.rangeClosed(1, 30).mapToObj(String::valueOf).toList());
		}
		assertThat(this.tables.count("events_dead_letter")).isZero();
	}

	@Test
	void anOldInstanceThatComesBackTakesNoneOfWhatFailsInANewOne() {
		TestApplication next = start(NewShop.class, "pyxbox.retry.max-attempts=1000000");
		next.bean(NewShop.Listener.class).failing().set(true);
		next.outbox().emit(new NewShop.Ordered("1"), key("a"));
		next.outbox().emit(new NewShop.Ordered("1"));
		await().until(() -> this.tables.retries() == 2);
		next.close();
		TestApplication old = start(OldShop.class);
		List<Integer> attempts = attempts();

		old.outbox().emit(new OldShop.Ordered(2), key("a"));
		for (int number = 0; number < 100; number++) {
			old.outbox().emit(new OldShop.Ordered(number), key("other-" + number));
		}

		await().until(() -> this.seen.size() == 100);
		await().until(() -> this.tables.jdbc()
			.sql("select bool_and(next_attempt_at < clock_timestamp()) from events_retry")
			.query(Boolean.class)
			.single());
		assertThat(attempts()).isEqualTo(attempts);
		assertThat(this.tables.events()).isEqualTo(3);
		start(NewShop.class);
		await().until(() -> this.tables.events() == 0);
		assertThat(this.seen.eventsOf("a")).hasSize(2).startsWith("new 1");
		assertThat(this.tables.retries()).isZero();
	}

	private List<Integer> attempts() {
		return this.tables.jdbc().sql("select attempts from events_retry order by id").query(Integer.class).list();
	}

	@Test
	void aKeyGoesOnWhenWhatItWaitsForIsDeletedByHand() {
		start(OldShop.class);
		TestApplication next = prepare(NewShop.class);
		next.outbox().emit(new NewShop.Ordered("1"), key("a"));
		next.outbox().emit(new NewShop.Ordered("2"), key("a"));
		TestApplication old = prepare(OldShop.class);
		old.outbox().emit(new OldShop.Ordered(3), key("a"));
		old.outbox().emit(new OldShop.Ordered(1), key("b"));
		await().until(() -> this.seen.size() == 1);

		this.tables.execute("delete from events where version = 2");

		await().until(() -> this.tables.events() == 0);
		assertThat(this.seen.eventsOf("a")).containsExactly("old 3");
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void whatWaitsForANewerInstanceIsReportedOnce(CapturedOutput output) {
		TestApplication next = prepare(NewShop.class);
		next.outbox().emit(new NewShop.Ordered("1"), key("a"));

		start(OldShop.class);

		String report = "later versions than the classes of this application: ordered version 2";
		await().until(() -> output.getOut().contains(report));
		assertThat(output.getOut()).containsOnlyOnce(report)
			.doesNotContain("that no listener or publisher of this application takes");
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void whoPullsReportsOnceThatSomethingWaits(CapturedOutput output) {
		TestApplication next = prepare(NewShop.class);
		next.outbox().emit(new NewShop.Ordered("1"), key("a"));
		next.outbox().emit(new NewShop.Ordered("1"), key("b"));
		TransactionalInbox inbox = prepare(OldShop.class).bean(TransactionalInbox.class);

		for (int i = 0; i < 3; i++) {
			inbox.next((event) -> this.seen.write("pulled", event.event(), event.metadata()));
		}

		assertThat(this.seen.size()).isZero();
		assertThat(output.getOut())
			.containsOnlyOnce("later versions than the classes of this application, which knows {ordered=1}");
	}

	@Test
	void aRedrivenEventKeepsItsVersion() {
		TestApplication next = start(NewShop.class, "pyxbox.retry.max-attempts=1");
		next.bean(NewShop.Listener.class).failing().set(true);
		next.outbox().emit(new NewShop.Ordered("1"), key("a"));
		await().until(() -> this.tables.count("events_dead_letter") == 1 && this.tables.events() == 0);
		next.close();
		TestApplication old = start(OldShop.class);

		old.bean(DeadLetters.class).redrive(DeadLetterFilter.all());
		old.outbox().emit(new OldShop.Ordered(1), key("b"));

		await().until(() -> this.seen.size() == 1);
		assertThat(this.seen.eventsOf("b")).hasSize(1);
		start(NewShop.class);
		await().until(() -> this.tables.events() == 0);
		assertThat(this.seen.eventsOf("a")).containsExactly("new 1");
	}

	@Test
	void rowsOfAnOldNameAreDeliveredUnderTheNewOneAndCompleted() {
		TestApplication old = prepare(OldShop.class);
		old.outbox().emit(new OldShop.Ordered(1), key("a"));
		TestApplication next = start(RenamedShop.class);

		next.outbox().emit(new RenamedShop.OrderPlaced(2), key("a"));
		old.outbox().emit(new OldShop.Ordered(3), key("a"));

		await().until(() -> this.tables.events() == 0);
		assertThat(this.seen.eventsOf("a")).containsExactly("new 1", "new 2", "new 3");
		assertThat(this.seen.list("select distinct type from seen order by 1")).containsExactly("order-placed",
				"ordered");
		assertThat(this.seen.list("select type from events_consumer order by type")).containsExactly("order-placed",
				"ordered");
	}

	@Test
	void anOldInstanceLeavesTheNewNameToANewOne() {
		TestApplication old = start(OldShop.class);
		TestApplication next = prepare(RenamedShop.class);

		next.outbox().emit(new RenamedShop.OrderPlaced(1), key("a"));
		old.outbox().emit(new OldShop.Ordered(1), key("b"));

		await().until(() -> this.seen.size() == 1);
		assertThat(this.tables.events()).isOne();
		next.start();
		await().until(() -> this.tables.events() == 0);
		assertThat(this.seen.eventsOf("a")).containsExactly("new 1");
		assertThat(this.seen.eventsOf("b")).containsExactly("old 1");
	}

}
