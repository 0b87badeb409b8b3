package io.pyxbox.evolution;

import java.nio.file.Path;
import java.util.List;

import io.pyxbox.DeadLetterFilter;
import io.pyxbox.DeadLetters;
import io.pyxbox.scenario.TestApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events outlive the classes that made them: those of the sample's first version are
 * delivered by a later one, whose class has another shape, and its type another name.
 */
class EvolutionTests extends EvolutionScenario {

	private static final int WAITING = 200;

	@Test
	void eventsOfTheFirstVersionWaitForAnUpgradeAndAreDeliveredInTheirNewShape(@TempDir Path directory)
			throws Exception {
		SampleVersion first = endAfterwards(SampleVersion.build("v1", directory));
		SampleVersion third = endAfterwards(SampleVersion.build("v3", directory));
		TestApplication old = endAfterwards(first.start(this.database));
		first.order(old, 1, "espresso", 1);
		first.order(old, 2, "failing", 2);
		first.order(old, 3, "unknown", 3);
		await().until(() -> this.seen.size() == 1 && this.tables.retries() == 1
				&& this.tables.count("events_dead_letter") == 1);
		old.stop();
		for (int id = 10; id < 10 + WAITING; id++) {
			first.order(old, id, (id % 2 == 0) ? "espresso" : "failing", id);
		}
		old.close();

		TestApplication upgraded = endAfterwards(third.start(this.database));
		third.order(upgraded, 1_000, "espresso", 1);
		third.order(upgraded, 1_001, "failing", 1);

		await().until(() -> this.tables.events() == 0);
		upgraded.bean(DeadLetters.class).redrive(DeadLetterFilter.all());
		await().until(() -> this.tables.count("events_dead_letter") == 0 && this.tables.events() == 0);
		assertThat(this.seen.size()).isEqualTo(1 + 1 + 1 + WAITING + 2);
		assertThat(this.seen.eventsOf("unknown"))
			.containsExactly("v3 OrderPlaced[orderId=3, lines=[Line[product=unknown, quantity=3]], currency=EUR]");
		List<String> espressos = this.seen.eventsOf("espresso");
		assertThat(espressos).hasSize(WAITING / 2 + 2)
			.startsWith("v1 OrderPlaced[orderId=1, product=espresso, quantity=1]",
					"v3 OrderPlaced[orderId=10, lines=[Line[product=espresso, quantity=10]], currency=EUR]")
			.endsWith("v3 OrderPlaced[orderId=1000, lines=[Line[product=espresso, quantity=1]], currency=CHF]");
		assertThat(this.seen.list("""
				select event from (select *, substring(event from 'orderId=(\\d+)')::int as id from seen) s
				where exists (select from (select *, substring(event from 'orderId=(\\d+)')::int as id from seen) t
				  where t.key = s.key and t.id < s.id and t.position > s.position)
				""")).as("out of order").isEmpty();
		assertThat(this.seen.list("select type || ' ' || version from seen where by = 'v3' group by 1 order by 1"))
			.containsExactly("order-accepted 3", "order-placed 1");
		assertThat(this.tables.retries()).isZero();
	}

}
