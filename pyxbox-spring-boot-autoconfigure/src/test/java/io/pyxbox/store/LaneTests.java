package io.pyxbox.store;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.pyxbox.ConsumerId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class LaneTests {

	@ParameterizedTest
	@CsvSource(textBlock = """
			public, events, orders.mail, 0,  4638109453742677568
			public, events, orders.mail, 63, 4638109453742677631
			public, events, stock,       0,  -5219246568279716352
			sales,  events, orders.mail, 0,  7656260183120636032
			public, Events, orders.mail, 17, 6791156028655440913
			""")
	void hasTheLockKeyOfTheFirstVersion(String schema, String table, String consumer, int bucket, long lockKey) {
		Lane lane = Lane.of(new EventTable(schema, table), new ConsumerId(consumer), bucket);

		assertThat(lane.lockKey()).isEqualTo(lockKey);
	}

	@Test
	void differsInItsLockKeyFromTheLanesOfOtherTablesConsumersAndBuckets() {
		List<EventTable> tables = List.of(new EventTable("public", "events"), new EventTable("public", "events2"),
				new EventTable("sales", "events"));
		Set<Long> keys = new HashSet<>();

		for (EventTable table : tables) {
			for (int consumer = 0; consumer < 500; consumer++) {
				for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
					keys.add(Lane.of(table, new ConsumerId("consumer" + consumer), bucket).lockKey());
				}
			}
		}

		assertThat(keys).hasSize(tables.size() * 500 * Buckets.COUNT);
	}

}
