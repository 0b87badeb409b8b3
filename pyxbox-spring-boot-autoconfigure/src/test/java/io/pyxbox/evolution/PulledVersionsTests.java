package io.pyxbox.evolution;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.pyxbox.EventUpcaster;
import io.pyxbox.standalone.Pyxbox;
import io.pyxbox.standalone.PyxboxBuilder;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Programs without Spring Boot that pull, of two versions.
 */
class PulledVersionsTests extends EvolutionScenario {

	private final List<String> pulled = new ArrayList<>();

	@Test
	void whoPullsPassesOverWhatItDoesNotKnowAndTheRestOfItsKey() {
		Pyxbox old = open(Pyxbox.builder(this.database.dataSource()).eventTypes(OldShop.Ordered.class));
		Pyxbox next = next();
		old.outbox().emit(new OldShop.Ordered(1), key("a"));
		next.outbox().emit(new NewShop.Ordered("2"), key("a"));
		old.outbox().emit(new OldShop.Ordered(3), key("a"));
		next.outbox().emit(new NewShop.Ordered("4"));
		for (int key = 0; key < 20; key++) {
			next.outbox().emit(new NewShop.Ordered("5"), key("key-" + key));
		}
		old.outbox().emit(new OldShop.Ordered(6), key("b"));

		pullAll(old);

		assertThat(this.pulled).containsExactlyInAnyOrder("Ordered[number=1]", "Ordered[number=6]");
		assertThat(this.tables.events()).isEqualTo(23);
		assertThat(this.tables.retries()).isZero();
		this.pulled.clear();
		pullAll(next);
		assertThat(this.pulled).hasSize(23).containsSubsequence("Ordered[text=2]", "Ordered[text=3!]");
		assertThat(this.tables.events()).isZero();
	}

	@Test
	void severalArePulledAtOnceWithoutThem() {
		Pyxbox old = open(Pyxbox.builder(this.database.dataSource()).eventTypes(OldShop.Ordered.class));
		Pyxbox next = next();
		for (int key = 0; key < 20; key++) {
			old.outbox().emit(new OldShop.Ordered(1), key("key-" + key));
			next.outbox().emit(new NewShop.Ordered("2"), key("key-" + key));
			old.outbox().emit(new OldShop.Ordered(3), key("key-" + key));
		}

		int taken = old.inbox()
			.take(50, (events) -> events.forEach((event) -> this.pulled.add(event.event().toString())));

		assertThat(taken).isEqualTo(20);
		assertThat(this.pulled).containsOnly("Ordered[number=1]");
	}

	@Test
	void whatWaitsIsNotLocked() {
		Pyxbox old = open(Pyxbox.builder(this.database.dataSource()).eventTypes(OldShop.Ordered.class));
		Pyxbox next = next();
		for (int key = 0; key < 300; key++) {
			next.outbox().emit(new NewShop.Ordered("1"), key("key-" + key));
		}
		old.outbox().emit(new OldShop.Ordered(2), key("other"));
		AtomicInteger locks = new AtomicInteger();

		old.inbox().next((event) -> locks.set(advisoryLocks()));

		assertThat(locks).as("one for the lane, one for the key").hasValue(2);
	}

	private int advisoryLocks() {
		return this.tables.jdbc().sql("""
				select count(*) from pg_locks where locktype = 'advisory'
				  and database = (select oid from pg_database where datname = current_database())
				""").query(Integer.class).single();
	}

	@Test
	void aKeyGoesOnSoonAfterANewerProgramHasTakenWhatItWaitedFor() {
		Pyxbox old = open(Pyxbox.builder(this.database.dataSource()).eventTypes(OldShop.Ordered.class));
		Pyxbox next = next();
		next.outbox().emit(new NewShop.Ordered("1"), key("a"));
		old.outbox().emit(new OldShop.Ordered(2), key("a"));
		pullAll(old);
		assertThat(this.pulled).isEmpty();

		next.inbox().next((event) -> this.pulled.add(event.event().toString()));

		await().until(() -> old.inbox().next((event) -> this.pulled.add(event.event().toString())));
		assertThat(this.pulled).containsExactly("Ordered[text=1]", "Ordered[number=2]");
	}

	@Test
	void aMissingUpcasterIsNamedAtOnce() {
		PyxboxBuilder builder = Pyxbox.builder(this.database.dataSource()).eventTypes(NewShop.Ordered.class);

		assertThatIllegalArgumentException().isThrownBy(builder::build)
			.withMessageContaining(NewShop.Ordered.class.getName())
			.withMessageContaining("no EventUpcaster lifts events from version 1");
	}

	private void pullAll(Pyxbox pyxbox) {
		boolean found = true;
		while (found) {
			found = pyxbox.inbox().next((event) -> this.pulled.add(event.event().toString()));
		}
	}

	private Pyxbox next() {
		return open(Pyxbox.builder(this.database.dataSource())
			.eventTypes(NewShop.Ordered.class)
			.upcasters(EventUpcaster.of("ordered", 1,
					(order) -> order.put("text", order.remove("number").asString() + "!"))));
	}

	private Pyxbox open(PyxboxBuilder builder) {
		return endAfterwards(builder.pollInterval(Duration.ofMillis(50)).build());
	}

}
