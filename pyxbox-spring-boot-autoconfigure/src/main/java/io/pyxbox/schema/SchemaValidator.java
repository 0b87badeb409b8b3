package io.pyxbox.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;

import javax.sql.DataSource;

import io.pyxbox.store.EventTable;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Checks that the tables have the columns that this version uses, and that the role of
 * the {@code DataSource} may use them. Reads the catalog only.
 */
final class SchemaValidator {

	private static final List<String> EVENTS = List.of("id", "created_at", "event_id", "bucket", "type", "topic",
			"partition_key", "payload", "headers", "completed_by", "consumer");

	private static final List<String> RETRIES = List.of("consumer", "bucket", "id", "partition_key", "attempts",
			"next_attempt_at", "first_failed_at", "last_failed_at", "last_error", "crashes");

	private static final List<String> DEAD_LETTERS = List.of("id", "consumer", "bucket", "original_id", "event_id",
			"type", "topic", "partition_key", "payload", "headers", "created_at", "attempts", "first_failed_at",
			"last_failed_at", "error_class", "error_message", "stack_trace");

	private static final List<String> CONSUMERS = List.of("revision", "consumer", "type", "topic", "first_seen_at",
			"last_seen_at", "topic_pattern");

	private static final List<String> IN_FLIGHT = List.of("consumer", "bucket", "owner", "id", "last_id", "strikes",
			"marked_at");

	private static final List<String> RECEIVED = List.of("received_at", "message_id", "consumer", "original_id");

	private static final List<String> RECEIVED_OFFSETS = List.of("consumer", "topic", "partition", "next_offset",
			"previous_offset", "received_at");

	/** What tables of earlier versions do not have. */
	private static final Set<String> ADDED_LATER = Set.of("consumer", "crashes", "topic_pattern");

	private static final String COLUMNS = """
			SELECT attname::text
			FROM pg_catalog.pg_attribute
			WHERE attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped
			""";

	private static final String SEQUENCE_EXISTS = "SELECT to_regclass(?) IS NOT NULL";

	private static final String SEQUENCE_IS_READABLE = "SELECT has_sequence_privilege(?, 'SELECT')";

	private static final String MISSING_PRIVILEGES = """
			SELECT privilege
			FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
			WHERE NOT has_table_privilege(?, privilege)
			""";

	private final EventTable table;

	private final JdbcClient jdbc;

	private final Map<String, List<String>> columns = new LinkedHashMap<>();

	SchemaValidator(EventTable table, DataSource dataSource) {
		this.table = table;
		this.jdbc = JdbcClient.create(dataSource);
		this.columns.put(table.events(), EVENTS);
		this.columns.put(table.retries(), RETRIES);
		this.columns.put(table.deadLetters(), DEAD_LETTERS);
		this.columns.put(table.consumers(), CONSUMERS);
		this.columns.put(table.inFlight(), IN_FLIGHT);
		this.columns.put(table.received(), RECEIVED);
		this.columns.put(table.receivedOffsets(), RECEIVED_OFFSETS);
	}

	/**
	 * Requires complete tables that may be used.
	 */
	void validate() {
		List<String> problems = new ArrayList<>();
		this.columns.forEach((name, expected) -> {
			List<String> actual = columnsOf(name);
			if (actual.isEmpty()) {
				problems.add("table " + name + " is missing");
			}
			else if (!actual.containsAll(expected)) {
				problems.add(missingColumns(name, expected, actual));
			}
		});
		if (problems.isEmpty() && !ask(SEQUENCE_EXISTS, this.table.sequence())) {
			problems.add("sequence " + this.table.sequence() + " is missing");
		}
		failOn(problems);
		this.columns.keySet().forEach(this::requirePrivileges);
		if (!ask(SEQUENCE_IS_READABLE, this.table.sequence())) {
			throw Role.of(this.jdbc).mayNotUse("SELECT on " + this.table.sequence(), null, grants());
		}
	}

	/**
	 * Requires that no table of someone else has one of the names. Those of ours may be
	 * of an earlier version.
	 */
	void requireNamesFree() {
		List<String> problems = new ArrayList<>();
		this.columns.forEach((name, latest) -> {
			List<String> expected = latest.stream().filter((column) -> !ADDED_LATER.contains(column)).toList();
			List<String> actual = columnsOf(name);
			if (!actual.isEmpty() && !actual.containsAll(expected)) {
				problems.add(missingColumns(name, expected, actual));
			}
		});
		failOn(problems);
	}

	private void failOn(List<String> problems) {
		if (!problems.isEmpty()) {
			throw new SchemaMismatchException(this.table, problems);
		}
	}

	private static String missingColumns(String name, List<String> expected, List<String> actual) {
		List<String> missing = expected.stream().filter((column) -> !actual.contains(column)).toList();
		return "table " + name + " has no column " + String.join(", ", missing);
	}

	private List<String> columnsOf(String name) {
		try {
			return this.jdbc.sql(COLUMNS).param(name).query(SchemaValidator::text).list();
		}
		catch (DataAccessException ex) {
			if (Role.isDenied(ex)) {
				throw Role.of(this.jdbc).mayNotUse("use the tables of pyxbox", ex, grants());
			}
			throw ex;
		}
	}

	private static String text(ResultSet row, int index) throws SQLException {
		return row.getString(1);
	}

	private void requirePrivileges(String name) {
		List<String> missing = this.jdbc.sql(MISSING_PRIVILEGES).param(name).query(SchemaValidator::text).list();
		if (!missing.isEmpty()) {
			throw Role.of(this.jdbc).mayNotUse(String.join(", ", missing) + " on " + name, null, grants());
		}
	}

	private boolean ask(String sql, String name) {
		return this.jdbc.sql(sql).param(name).query(Boolean.class).single();
	}

	private String[] grants() {
		return new String[] { "GRANT USAGE ON SCHEMA \"" + this.table.schema() + '"',
				"GRANT SELECT, INSERT, UPDATE, DELETE ON " + String.join(", ", this.columns.keySet()),
				"GRANT SELECT ON SEQUENCE " + this.table.sequence() };
	}

}
