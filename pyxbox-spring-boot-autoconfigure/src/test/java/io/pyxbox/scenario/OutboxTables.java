package io.pyxbox.scenario;

import java.util.List;
import java.util.UUID;

import io.pyxbox.testdatabase.TestDatabase;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What the outbox has in the database, read past the library.
 */
public final class OutboxTables {

	private final JdbcClient jdbc;

	public OutboxTables(TestDatabase database) {
		this.jdbc = JdbcClient.create(database.dataSource());
	}

	public JdbcClient jdbc() {
		return this.jdbc;
	}

	public void execute(String sql) {
		this.jdbc.sql(sql).update();
	}

	public int count(String table) {
		return this.jdbc.sql("select count(*) from " + table).query(Integer.class).single();
	}

	/**
	 * Whether nothing waits. What is delayed comes first: it may be moved to the others
	 * in between.
	 */
	public boolean isEmpty() {
		return count("events_delayed") + events() == 0;
	}

	public int events() {
		return count("events");
	}

	List<Row> rows() {
		return this.jdbc.sql("""
				select id, bucket, event_id, type, topic, partition_key, payload::text as payload,
				  headers::text as headers
				from events order by id
				""").query(Row.class).list();
	}

	List<Integer> numbers() {
		return this.jdbc.sql("select (payload->>'number')::int from events order by id").query(Integer.class).list();
	}

	List<DeadLetter> deadLetters() {
		return this.jdbc.sql("""
				select consumer, event_id, type, topic, partition_key, (payload->>'number') as number, attempts,
				  error_class, error_message, stack_trace
				from events_dead_letter order by id
				""").query(DeadLetter.class).list();
	}

	/**
	 * Makes a delivery one that was given up and blocks its key.
	 */
	void block(String consumer, long id) {
		this.jdbc
			.sql("""
					insert into events_dead_letter (consumer, bucket, original_id, event_id, type, topic, partition_key, payload,
					  headers, created_at, attempts, first_failed_at, error_class, stack_trace)
					select ?, bucket, id, event_id, type, topic, partition_key, payload, headers, created_at, 3,
					  clock_timestamp(), 'Mishap', '' from events where id = ?
					""")
			.params(consumer, id)
			.update();
		this.jdbc.sql("""
				insert into events_retry (consumer, bucket, id, partition_key, attempts, next_attempt_at, last_error)
				select ?, bucket, id, partition_key, 3, null, 'a mishap' from events where id = ?
				""").params(consumer, id).update();
	}

	/**
	 * Stores dead letters of events that are gone.
	 */
	void die(String consumer, int count) {
		this.jdbc
			.sql("""
					insert into events_dead_letter (consumer, bucket, original_id, event_id, type, payload, created_at, attempts,
					  first_failed_at, error_class, stack_trace)
					select ?, i % 64, i, gen_random_uuid(), 'counted', jsonb_build_object('number', i), clock_timestamp(), 1,
					  clock_timestamp(), 'Mishap', '' from generate_series(1, ?) i
					""")
			.params(consumer, count)
			.update();
	}

	/**
	 * Makes it known that a consumer takes events.
	 */
	void register(String consumer, String type) {
		register(consumer, type, null);
	}

	void register(String consumer, String type, @Nullable String topic) {
		this.jdbc.sql("insert into events_consumer (consumer, type, topic) values (?, ?, ?)")
			.params(consumer, type, topic)
			.update();
	}

	public int retries() {
		return count("events_retry");
	}

	public int advisoryLocks() {
		return this.jdbc
			.sql("""
					select count(*) from pg_locks
					where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
					""")
			.query(Integer.class)
			.single();
	}

	/**
	 * Whether nobody has asked the database anything for a second: whoever looks again
	 * soon does not wait that long.
	 */
	boolean isLeftAlone() {
		return this.jdbc.sql("""
				select coalesce(clock_timestamp() - max(query_start) > interval '1s', true) from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
				""").query(Boolean.class).single();
	}

	/**
	 * Cuts all connections but this one.
	 */
	public int terminateOtherBackends() {
		return this.jdbc.sql("""
				select count(pg_terminate_backend(pid)) from pg_stat_activity
				where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
				""").query(Integer.class).single();
	}

	record Row(long id, short bucket, UUID eventId, String type, @Nullable String topic, @Nullable String partitionKey,
			String payload, @Nullable String headers) {
	}

	record DeadLetter(String consumer, UUID eventId, String type, @Nullable String topic, @Nullable String partitionKey,
			@Nullable String number, int attempts, String errorClass, @Nullable String errorMessage,
			String stackTrace) {
	}

}
