package io.pyxbox.scenario;

import java.util.List;

import io.pyxbox.EventMetadata;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What listeners have written, in the order in which they wrote it. It has no unique
 * constraint: an event that has its effect twice is there twice.
 */
record Ledger(JdbcClient jdbc) {

	void create() {
		this.jdbc.sql("""
				create table ledger (position bigint generated always as identity (cache 1) primary key,
				  consumer text, key text, number int, attempt int, event_id uuid)
				""").update();
	}

	void write(Counted event, EventMetadata metadata) {
		this.jdbc.sql("insert into ledger (consumer, key, number, attempt, event_id) values (?, ?, ?, ?, ?)")
			.params(metadata.consumer().value(), event.key(), event.number(), metadata.attempt(), metadata.id().value())
			.update();
	}

	int size() {
		return this.jdbc.sql("select count(*) from ledger").query(Integer.class).single();
	}

	List<Integer> numbers() {
		return this.jdbc.sql("select number from ledger order by position").query(Integer.class).list();
	}

	List<Counted> events() {
		return events("%");
	}

	List<Counted> events(String consumer) {
		return this.jdbc.sql("select key, number from ledger where consumer like ? order by position")
			.param(consumer)
			.query(Counted.class)
			.list();
	}

}
