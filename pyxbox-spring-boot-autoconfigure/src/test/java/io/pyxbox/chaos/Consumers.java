package io.pyxbox.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import io.pyxbox.EventEnvelope;
import io.pyxbox.EventMetadata;
import io.pyxbox.OutboxListener;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * One consumer of each sort. They write down every effect, so that one too many shows.
 *
 * @param jdbc for effects in the database
 * @param outside for effects elsewhere
 * @param slot which instance this is
 * @param slowness how long a call to the outside takes
 */
record Consumers(JdbcClient jdbc, OutsideFile outside, int slot, Duration slowness) {

	static final List<String> TRANSACTIONAL = List.of("ledger", "bulk");

	static final String OUTSIDE = "outside";

	@OutboxListener(consumer = "ledger")
	void ledger(Entry entry, EventMetadata metadata) {
		this.jdbc.sql("insert into ledger_effect (event_id, account, number, slot) values (?, ?, ?, ?)")
			.params(metadata.id().value(), entry.account(), entry.number(), this.slot)
			.update();
		entry.strike(metadata.attempt());
	}

	@OutboxListener(consumer = "bulk")
	void bulk(List<EventEnvelope<Entry>> entries) {
		this.jdbc.sql("""
				insert into bulk_effect (event_id, account, number, slot)
				select event_id::uuid, account, number, ? from unnest(?::text[], ?::text[], ?::bigint[]) with ordinality
				  as e (event_id, account, number, position) order by position
				""")
			.params(this.slot, entries.stream().map((entry) -> entry.metadata().id().toString()).toArray(String[]::new),
					accounts(entries), entries.stream().mapToLong((entry) -> entry.event().number()).toArray())
			.update();
		entries.forEach((entry) -> entry.event().strike(entry.metadata().attempt()));
	}

	private static @Nullable String[] accounts(List<EventEnvelope<Entry>> entries) {
		return entries.stream().map((entry) -> entry.event().account()).toArray(String[]::new);
	}

	@OutboxListener(consumer = OUTSIDE, transactional = false)
	void outside(Entry entry, EventMetadata metadata) throws IOException {
		entry.strike(metadata.attempt());
		Pause.of(this.slowness);
		this.outside.append(entry, metadata);
	}

}
