package io.pyxbox.store;

import java.util.List;

/**
 * What became of deliveries, written and read past the library.
 */
record Deliveries(OutboxDatabase database) {

	private static final String LETTER = """
			INSERT INTO events_dead_letter (consumer, bucket, original_id, event_id, type, topic, partition_key, payload,
			  headers, version, codec, encoded, created_at, attempts, first_failed_at, error_class, error_message, stack_trace)
			SELECT '%s', bucket, id, event_id, type, topic, partition_key, payload, headers, version, codec,
			  encoded, created_at, 3, clock_timestamp() - interval '1 hour', 'io.pyxbox.Mishap', 'a mishap', 'at io.pyxbox'
			FROM events WHERE id = %d
			""";

	/** A delivery is given up, and the event is complete. */
	void giveUp(String consumer, long id) {
		this.database.execute(LETTER.formatted(consumer, id));
		this.database.execute("DELETE FROM events WHERE id = " + id);
	}

	/** A delivery is given up, and others still have to take the event. */
	void giveUpShared(String consumer, long id) {
		this.database.execute(LETTER.formatted(consumer, id));
		this.database.execute("UPDATE events SET completed_by = array_append(completed_by, '%s') WHERE id = %d"
			.formatted(consumer, id));
	}

	/** A delivery is given up, and its key waits. */
	void block(String consumer, long id) {
		this.database.execute(LETTER.formatted(consumer, id));
		fail(consumer, id, "NULL");
	}

	/** All deliveries are given up, in any order, and all keys wait. */
	void blockAll(String consumer) {
		this.database.execute(LETTER.formatted(consumer, 0).replace("WHERE id = 0", "ORDER BY random()"));
		this.database.execute("""
				INSERT INTO events_retry (consumer, bucket, id, partition_key, attempts, last_error)
				SELECT '%s', bucket, id, partition_key, 3, 'a mishap' FROM events
				""".formatted(consumer));
	}

	/** A delivery has failed and will be tried again. */
	void fail(String consumer, long id, String nextAttemptAt) {
		this.database.execute("""
				INSERT INTO events_retry (consumer, bucket, id, partition_key, attempts, crashes, next_attempt_at,
				  last_error)
				SELECT '%s', bucket, id, partition_key, 3, 1, %s, 'a mishap' FROM events WHERE id = %d
				""".formatted(consumer, nextAttemptAt, id));
	}

	/** A consumer takes events of a type, whatever their topic. */
	void register(String consumer, String type) {
		this.database
			.execute("INSERT INTO events_consumer (consumer, type) VALUES ('%s', '%s')".formatted(consumer, type));
	}

	void register(String consumer, String type, String topic) {
		this.database.execute("INSERT INTO events_consumer (consumer, type, topic) VALUES ('%s', '%s', '%s')"
			.formatted(consumer, type, topic));
	}

	/** A consumer takes what has a topic like a pattern, whatever the type. */
	void registerTopics(String consumer, String like) {
		this.database.execute(
				"INSERT INTO events_consumer (consumer, topic_pattern) VALUES ('%s', '%s')".formatted(consumer, like));
	}

	List<Long> letters() {
		return this.database.jdbc().sql("SELECT id FROM events_dead_letter ORDER BY id").query(Long.class).list();
	}

	/**
	 * Each failing delivery as consumer, id, attempts, crashes, and whether it is due.
	 */
	List<String> failing() {
		return this.database.jdbc().sql("""
				SELECT concat_ws(' ', consumer, id, attempts, crashes,
				  coalesce((next_attempt_at <= clock_timestamp())::text, 'blocked'))
				FROM events_retry ORDER BY consumer, id
				""").query(String.class).list();
	}

	/** Each event as id, who has completed it, and for whom alone it is. */
	List<String> events() {
		return this.database.jdbc().sql("""
				SELECT concat_ws(' ', id, (SELECT array_agg(c ORDER BY c) FROM unnest(completed_by) c), consumer)
				FROM events ORDER BY id
				""").query(String.class).list();
	}

}
