package io.pyxbox.evolution;

import java.util.List;

import io.pyxbox.EventMetadata;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What listeners have written, in the order in which they wrote it. An event that has its
 * effect twice is there twice.
 */
record Seen(JdbcClient jdbc) {

	void create() {
		this.jdbc.sql("""
				create table seen (position bigint generated always as identity (cache 1) primary key,
				  by text, event text, key text, type text, version int, attempt int)
				""").update();
	}

	void write(String by, Object event, EventMetadata metadata) {
		this.jdbc.sql("insert into seen (by, event, key, type, version, attempt) values (?, ?, ?, ?, ?, ?)")
			.params(by, event.toString(), metadata.partitionKey(), metadata.type(), metadata.version(),
					metadata.attempt())
			.update();
	}

	List<String> events() {
		return list("select event from seen order by position");
	}

	List<String> eventsOf(String key) {
		return this.jdbc.sql("select by || ' ' || event from seen where key = ? order by position")
			.param(key)
			.query(String.class)
			.list();
	}

	List<String> list(String sql) {
		return this.jdbc.sql(sql).query(String.class).list();
	}

	int size() {
		return this.jdbc.sql("select count(*) from seen").query(Integer.class).single();
	}

}
