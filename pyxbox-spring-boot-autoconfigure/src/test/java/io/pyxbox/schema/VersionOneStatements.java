package io.pyxbox.schema;

/**
 * What instances of version 1 send to the server, word for word. They go on while a later
 * version migrates the tables, so none of this may ever stop working: it is never to be
 * changed.
 */
final class VersionOneStatements {

	static final String INSERT_ONE = """
			INSERT INTO "public"."events" (bucket, event_id, type, topic, partition_key, payload, headers)
			VALUES (?, ?, ?, ?, ?, ?::jsonb, ?::jsonb)
			""";

	static final String INSERT_MANY = """
			INSERT INTO "public"."events" (bucket, event_id, type, topic, partition_key, payload, headers)
			SELECT bucket, event_id, type, topic, partition_key, payload::jsonb, headers::jsonb
			FROM unnest(?::smallint[], ?::uuid[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
			  WITH ORDINALITY AS e (bucket, event_id, type, topic, partition_key, payload, headers, position)
			ORDER BY position
			""";

	static final String LOCK_LANE = """
			SELECT set_config('pyxbox.claimed', pg_try_advisory_xact_lock(?)::text, true);
			""";

	static final String READ_FAILING = """
			SELECT id, partition_key, attempts,
			  ceil(extract(epoch FROM next_attempt_at - clock_timestamp()) * 1000)::bigint
			FROM "public"."events_retry" WHERE consumer = ? AND bucket = ?;
			""";

	static final String READ = """
			SELECT e.id, e.event_id, e.type, e.topic, e.partition_key, e.payload, e.headers, e.created_at
			FROM "public"."events" e
			WHERE e.bucket = ? AND e.id >= ?
			  AND (e.type = ANY (?::text[])
			    OR EXISTS (SELECT FROM unnest(?::text[], ?::text[]) r (type, topic)
			      WHERE r.type = e.type AND r.topic = e.topic))
			  AND (e.completed_by IS NULL OR ? <> ALL (e.completed_by))
			""";

	private static final String RELEASE_SNAPSHOT = "; SET LOCAL pyxbox.claimed = ''";

	static final String CLAIM = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED;" + LOCK_LANE + READ_FAILING + READ
			+ """
					  AND current_setting('pyxbox.claimed', true) = 'true'
					ORDER BY e.id LIMIT ?
					""" + RELEASE_SNAPSHOT;

	static final String READ_UNBLOCKED = READ + """
			  AND e.id <> ALL (?::bigint[])
			  AND (e.partition_key IS NULL OR e.partition_key <> ALL (?::text[]))
			ORDER BY e.id LIMIT ?
			""" + RELEASE_SNAPSHOT;

	static final String DELETE = """
			DELETE FROM "public"."events" WHERE bucket = ? AND id = ANY (?::bigint[])
			""";

	static final String LOCK_SHARED = """
			SELECT id, type, topic, completed_by FROM "public"."events"
			WHERE bucket = ? AND id = ANY (?::bigint[]) ORDER BY id FOR UPDATE
			""";

	static final String ADD_COMPLETION = """
			UPDATE "public"."events" SET completed_by = array_append(completed_by, ?::text)
			WHERE bucket = ? AND id = ANY (?::bigint[])
			""";

	static final String DELETE_RETRIES = """
			DELETE FROM "public"."events_retry" WHERE consumer = ? AND bucket = ? AND id = ANY (?::bigint[])
			""";

	static final String UPSERT_RETRY = """
			INSERT INTO "public"."events_retry" AS r (consumer, bucket, id, partition_key, attempts, next_attempt_at, last_error)
			SELECT ?, ?, id, partition_key, attempts, clock_timestamp() + delay * interval '1 millisecond', error
			FROM unnest(?::bigint[], ?::text[], ?::integer[], ?::bigint[], ?::text[])
			  AS f (id, partition_key, attempts, delay, error)
			ON CONFLICT (consumer, bucket, id) DO UPDATE SET attempts = excluded.attempts,
			  next_attempt_at = excluded.next_attempt_at, last_failed_at = clock_timestamp(),
			  last_error = excluded.last_error
			""";

	static final String INSERT_DEAD_LETTER = """
			INSERT INTO "public"."events_dead_letter" (consumer, bucket, original_id, event_id, type, topic, partition_key, payload, headers,
			  created_at, attempts, first_failed_at, error_class, error_message, stack_trace)
			SELECT ?, e.bucket, e.id, e.event_id, e.type, e.topic, e.partition_key, e.payload, e.headers,
			  e.created_at, ?, coalesce(r.first_failed_at, clock_timestamp()), ?, ?, ?
			FROM "public"."events" e LEFT JOIN "public"."events_retry" r ON r.consumer = ? AND r.bucket = e.bucket AND r.id = e.id
			WHERE e.bucket = ? AND e.id = ?
			""";

	static final String NEWEST_IDS = """
			SELECT p.position - 1, (SELECT e.id FROM "public"."events" e
			  WHERE e.bucket = (p.position - 1)::smallint AND e.id >= p.from_id ORDER BY e.id DESC LIMIT 1),
			  (SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM "public"."events_id_seq")
			FROM unnest(?::bigint[]) WITH ORDINALITY AS p (from_id, position)
			""";

	private VersionOneStatements() {
	}

}
