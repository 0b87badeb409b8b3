package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

import io.pyxbox.EventId;
import org.jspecify.annotations.Nullable;

/**
 * Reads events into memory, as many as fit: a claim is limited by a number of rows, and
 * rows may be large. Small payloads come with their rows. Of large ones only the size
 * does, and those that fit are read by one more statement. Thread-safe.
 */
final class EventReader {

	/**
	 * As stored, which for anything larger may be much less than what is read: larger
	 * rows are compressed.
	 */
	private static final int SMALL = 4_096;

	/** For the payloads of one claim; a larger one comes alone. */
	static final long MAX_BYTES = 8 * 1024 * 1024;

	/**
	 * What to select of {@code e}. Neither a payload's stored size nor leaving it out
	 * makes the server read it.
	 */
	static final String COLUMNS = """
			e.id, e.event_id, e.type, e.topic, e.partition_key,
			  CASE WHEN pg_column_size(e.payload) <= %1$d THEN e.payload END, e.headers, e.created_at,
			  e.consumer IS NOT NULL,
			  CASE WHEN pg_column_size(e.payload) > %1$d THEN octet_length(e.payload::text) END
			""".formatted(SMALL);

	private final String payloads;

	EventReader(EventTable table) {
		this.payloads = "SELECT id, payload FROM " + table.events() + " WHERE bucket = ? AND id = ANY (?::bigint[])"
				+ LaneStore.RELEASE_SNAPSHOT;
	}

	/**
	 * Reads what fits.
	 * @param bucket the bucket of all of them
	 * @param rows {@link #COLUMNS}
	 * @param failing what is known of failed attempts
	 * @param fitting how many bytes fit; the first event of a claim does in any case
	 */
	Reading read(Connection connection, int bucket, ResultSet rows, FailingDeliveries failing, long fitting)
			throws SQLException {
		List<Row> fit = new ArrayList<>();
		long bytes = 0;
		boolean cut = false;
		boolean firstOfClaim = fitting == MAX_BYTES;
		while (!cut && rows.next()) {
			Row row = Row.of(rows);
			cut = bytes + row.size() > fitting && !(fit.isEmpty() && firstOfClaim);
			if (!cut) {
				fit.add(row);
				bytes += row.size();
			}
		}
		Map<Long, byte[]> large = readLarge(connection, bucket, fit);
		List<StoredEvent> events = new ArrayList<>(fit.size());
		for (Row row : fit) {
			byte[] payload = (row.payload() != null) ? row.payload() : large.get(row.id());
			// Deleted by hand in between: as if it had been before.
			if (payload != null) {
				events.add(row.toEvent(payload, failing.of(row.id())));
			}
		}
		return new Reading(events, fit.size(), bytes, cut);
	}

	/**
	 * Reads what fits of several buckets.
	 * @param rows {@link #COLUMNS}, then the bucket, the number of failed attempts and of
	 * those that ended with the process, or {@code null}
	 */
	List<Pull.Event> readAcross(Connection connection, ResultSet rows) throws SQLException {
		Map<Integer, List<Row>> byBucket = new TreeMap<>();
		Map<Row, StoredEvent.Failures> failures = new HashMap<>();
		long bytes = 0;
		while (rows.next()) {
			Row row = Row.of(rows);
			bytes += row.size();
			if (bytes > MAX_BYTES && !byBucket.isEmpty()) {
				break;
			}
			byBucket.computeIfAbsent(rows.getInt(11), (bucket) -> new ArrayList<>()).add(row);
			Integer attempts = rows.getObject(12, Integer.class);
			if (attempts != null) {
				failures.put(row, new StoredEvent.Failures(attempts, rows.getInt(13)));
			}
		}
		List<Pull.Event> events = new ArrayList<>();
		for (Map.Entry<Integer, List<Row>> bucket : byBucket.entrySet()) {
			Map<Long, byte[]> large = readLarge(connection, bucket.getKey(), bucket.getValue());
			for (Row row : bucket.getValue()) {
				byte[] payload = (row.payload() != null) ? row.payload() : large.get(row.id());
				if (payload != null) {
					events.add(new Pull.Event(bucket.getKey(), row.toEvent(payload, failures.get(row))));
				}
			}
		}
		events.sort(Comparator.comparingLong((event) -> event.stored().id()));
		return events;
	}

	private Map<Long, byte[]> readLarge(Connection connection, int bucket, List<Row> rows) throws SQLException {
		long[] ids = rows.stream().filter((row) -> row.payload() == null).mapToLong(Row::id).toArray();
		Map<Long, byte[]> payloads = new HashMap<>();
		if (ids.length == 0) {
			return payloads;
		}
		try (PreparedStatement statement = connection.prepareStatement(this.payloads)) {
			statement.setFetchSize(0);
			statement.setShort(1, (short) bucket);
			statement.setObject(2, ids);
			statement.execute();
			try (ResultSet found = statement.getResultSet()) {
				while (found.next()) {
					payloads.put(found.getLong(1), found.getBytes(2));
				}
			}
		}
		return payloads;
	}

	/**
	 * What was read.
	 *
	 * @param events the events, in order
	 * @param rows how many rows were read; some may be gone since
	 * @param bytes the size of their payloads
	 * @param cut whether there were more than fit
	 */
	record Reading(List<StoredEvent> events, int rows, long bytes, boolean cut) {

		static final Reading NOTHING = new Reading(List.of(), 0, 0, false);

	}

	/**
	 * A row whose payload may still have to be read.
	 */
	private record Row(long id, UUID eventId, String type, @Nullable String topic, @Nullable String partitionKey,
			byte @Nullable [] payload, @Nullable String headers, OffsetDateTime createdAt, boolean redriven,
			long size) {

		static Row of(ResultSet rows) throws SQLException {
			byte[] payload = rows.getBytes(6);
			return new Row(rows.getLong(1), rows.getObject(2, UUID.class), rows.getString(3), rows.getString(4),
					rows.getString(5), payload, rows.getString(7), rows.getObject(8, OffsetDateTime.class),
					rows.getBoolean(9), (payload != null) ? payload.length : rows.getLong(10));
		}

		StoredEvent toEvent(byte[] content, StoredEvent.@Nullable Failures failures) {
			return new StoredEvent(this.id, new EventId(this.eventId), this.type, this.topic, this.partitionKey,
					content, this.headers, this.createdAt.toInstant(), this.redriven, failures);
		}

	}

}
