package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.OffsetDateTime;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the markers of lanes. Writing waits for no disk: a marker has to
 * survive its own process, not the server's. Thread-safe.
 */
public final class MarkerStore {

	private final String read;

	private final String write;

	private final String clear;

	/**
	 * Creates a store.
	 * @param table the outbox's tables
	 */
	public MarkerStore(EventTable table) {
		this.read = """
				SELECT owner, id, last_id, marked_at FROM %s WHERE consumer = ? AND bucket = ?
				""".formatted(table.inFlight());
		this.write = """
				SET LOCAL synchronous_commit = off;
				INSERT INTO %s AS m (consumer, bucket, owner, id, last_id) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (consumer, bucket) DO UPDATE SET owner = excluded.owner, id = excluded.id,
				  last_id = excluded.last_id, marked_at = clock_timestamp()
				""".formatted(table.inFlight());
		this.clear = """
				SET LOCAL synchronous_commit = off;
				DELETE FROM %s WHERE consumer = ? AND bucket = ? AND owner = ?
				""".formatted(table.inFlight());
	}

	/**
	 * Reads a lane's marker.
	 * @param connection a connection
	 * @param lane the lane
	 * @return the marker, or {@code null} if there is none
	 * @throws SQLException if the database refuses
	 */
	public @Nullable Marker read(Connection connection, Lane lane) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.read)) {
			statement.setString(1, lane.consumer().value());
			statement.setShort(2, (short) lane.bucket());
			try (ResultSet rows = statement.executeQuery()) {
				return rows.next() ? new Marker(rows.getObject(1, UUID.class), rows.getObject(2, Long.class),
						rows.getLong(3), rows.getObject(4, OffsetDateTime.class).toInstant()) : null;
			}
		}
	}

	/**
	 * Marks a lane, in the connection's transaction.
	 * @param connection a connection
	 * @param lane the lane
	 * @param owner the run of the poller that delivers
	 * @param id the event that is delivered alone; {@code null} for a chunk
	 * @param lastId the last event that belongs to it
	 * @throws SQLException if the database refuses
	 */
	public void write(Connection connection, Lane lane, UUID owner, @Nullable Long id, long lastId)
			throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.write)) {
			statement.setString(1, lane.consumer().value());
			statement.setShort(2, (short) lane.bucket());
			statement.setObject(3, owner);
			statement.setObject(4, id, Types.BIGINT);
			statement.setLong(5, lastId);
			statement.execute();
		}
	}

	/**
	 * Removes the marker of a lane, if it is of this owner, in the connection's
	 * transaction.
	 * @param connection a connection
	 * @param lane the lane
	 * @param owner the run of the poller that delivers
	 * @throws SQLException if the database refuses
	 */
	public void clear(Connection connection, Lane lane, UUID owner) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(this.clear)) {
			statement.setString(1, lane.consumer().value());
			statement.setShort(2, (short) lane.bucket());
			statement.setObject(3, owner);
			statement.execute();
		}
	}

}
