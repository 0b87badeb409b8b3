package io.pyxbox.store;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Looks at the events table without claiming anything. Expects connections in auto-commit
 * mode, so that no snapshot is held between two looks. Thread-safe.
 */
public final class TableObserver {

	private static final int SAMPLE_PER_BUCKET = 100;

	/** Settings of the server, the database or the role that end what takes too long. */
	private static final String SHORT_TIMEOUTS = """
			SELECT name || ' = ' || setting || unit FROM pg_settings
			WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
			  AND setting::bigint BETWEEN 1 AND ?
			ORDER BY name
			""";

	private final String newestIds;

	private final String lastDrawnId;

	private final String writers;

	private final String waiting;

	/**
	 * Creates an observer.
	 * @param table the table to look at
	 */
	public TableObserver(EventTable table) {
		this.lastDrawnId = "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM "
				+ table.sequence();
		this.newestIds = """
				SELECT p.position - 1, (SELECT e.id FROM %s e
				  WHERE e.bucket = (p.position - 1)::smallint AND e.id >= p.from_id ORDER BY e.id DESC LIMIT 1),
				  (%s), (%s)
				FROM unnest(?::bigint[]) WITH ORDINALITY AS p (from_id, position)
				""".formatted(table.events(), this.lastDrawnId, DelayedStore.nextDueIn(table));
		this.writers = """
				SELECT CASE WHEN pid IS NULL THEN '%s' ELSE pid || '/' END || virtualtransaction FROM pg_locks
				WHERE locktype = 'relation' AND relation = '%s'::regclass AND mode = 'RowExclusiveLock' AND granted
				  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
				""".formatted(WriterSample.PREPARED, table.events());
		this.waiting = """
				SELECT DISTINCT e.type, e.topic, e.completed_by, e.version FROM generate_series(0, %d) b,
				  LATERAL (SELECT type, topic, completed_by, version FROM %s WHERE bucket = b::smallint ORDER BY id LIMIT %d) e
				"""
			.formatted(Buckets.COUNT - 1, table.events(), SAMPLE_PER_BUCKET);
	}

	/**
	 * Returns time-outs that are set and short.
	 * @param connection a connection
	 * @param below what counts as short
	 * @return the settings with their values
	 * @throws SQLException if the database refuses
	 */
	public List<String> shortTimeouts(Connection connection, Duration below) throws SQLException {
		List<String> settings = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(SHORT_TIMEOUTS)) {
			statement.setLong(1, below.toMillis());
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					settings.add(rows.getString(1));
				}
			}
		}
		return settings;
	}

	/**
	 * Looks for the newest event of each bucket, at or above an id, and for the first of
	 * those that are not due yet.
	 * @param connection a connection
	 * @param fromIds an id for each bucket
	 * @return what there is
	 * @throws SQLException if the database refuses
	 */
	public TableLook look(Connection connection, long[] fromIds) throws SQLException {
		return look(connection, fromIds, null);
	}

	/**
	 * Looks for the newest event of each bucket, at or above an id, and for the first of
	 * those that are not due yet.
	 * @param connection a connection
	 * @param fromIds an id for each bucket
	 * @param dueFrom from when on delayed events are looked for; {@code null} for all
	 * times
	 * @return what there is
	 * @throws SQLException if the database refuses
	 */
	public TableLook look(Connection connection, long[] fromIds, @Nullable OffsetDateTime dueFrom) throws SQLException {
		long[] newest = new long[fromIds.length];
		long lastDrawn = 0;
		Long nextDueIn = null;
		try (PreparedStatement statement = connection.prepareStatement(this.newestIds)) {
			statement.setObject(1, dueFrom);
			statement.setObject(2, fromIds);
			try (ResultSet rows = statement.executeQuery()) {
				while (rows.next()) {
					newest[rows.getInt(1)] = Objects.requireNonNullElse(rows.getObject(2, Long.class), -1L);
					lastDrawn = rows.getLong(3);
					nextDueIn = rows.getObject(4, Long.class);
				}
			}
		}
		return new TableLook(newest, lastDrawn, nextDueIn);
	}

	/**
	 * Returns the highest id drawn so far, and then the transactions that hold the lock
	 * that every writer of the table takes before it draws an id. In this order: whoever
	 * has drawn an id up to the one returned and has not ended is among them. Prepared
	 * transactions are among them too.
	 * @param connection a connection
	 * @return the sample
	 * @throws SQLException if the database refuses
	 */
	public WriterSample sampleWriters(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			long lastDrawnId;
			try (ResultSet rows = statement.executeQuery(this.lastDrawnId)) {
				rows.next();
				lastDrawnId = rows.getLong(1);
			}
			Set<String> writers = new HashSet<>();
			try (ResultSet rows = statement.executeQuery(this.writers)) {
				while (rows.next()) {
					writers.add(rows.getString(1));
				}
			}
			return new WriterSample(lastDrawnId, writers);
		}
	}

	/**
	 * Returns what kinds of events wait. Looks at the oldest events of each bucket only:
	 * what nobody takes ends up there.
	 * @param connection a connection
	 * @return the kinds
	 * @throws SQLException if the database refuses
	 */
	public List<WaitingKind> waitingKinds(Connection connection) throws SQLException {
		List<WaitingKind> kinds = new ArrayList<>();
		try (PreparedStatement statement = connection.prepareStatement(this.waiting);
				ResultSet rows = statement.executeQuery()) {
			while (rows.next()) {
				Array completedBy = rows.getArray(3);
				kinds.add(new WaitingKind(rows.getString(1), rows.getString(2),
						(completedBy != null) ? Set.copyOf(Arrays.asList((String[]) completedBy.getArray())) : Set.of(),
						Math.max(1, rows.getInt(4))));
			}
		}
		return kinds;
	}

}
