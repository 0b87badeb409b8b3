package io.pyxbox.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

import org.postgresql.PGNotification;
import org.postgresql.core.BaseConnection;
import org.jspecify.annotations.Nullable;

/**
 * The channel by which instances tell each other that something was committed.
 * Thread-safe.
 * <p>
 * A notification is sent in a transaction of its own: all that send one commit one after
 * the other, on the whole server.
 */
public final class WakeUpChannel {

	/** What PostgreSQL takes, in bytes. */
	public static final int MAX_LENGTH = 7_999;

	/** Losing one in a crash is no loss: nobody is connected then. */
	private static final String SEND = "SELECT set_config('synchronous_commit', 'off', true), pg_notify(?, ?)";

	private final String name;

	/**
	 * Creates a channel.
	 * @param table the events table; each has a channel of its own
	 */
	public WakeUpChannel(EventTable table) {
		this.name = "pyxbox_" + HexFormat.of().toHexDigits(Lane.hash(table.toString()));
	}

	/**
	 * Sends a message to all who listen when this is called.
	 * @param connection a connection in auto-commit mode
	 * @param message the message, of {@link #MAX_LENGTH} bytes at most
	 * @throws SQLException if the database refuses
	 */
	public void send(Connection connection, String message) throws SQLException {
		try (PreparedStatement statement = connection.prepareStatement(SEND)) {
			statement.setString(1, this.name);
			statement.setString(2, message);
			statement.execute();
		}
	}

	/**
	 * Tells whether a connection is a session of the server. A pooler would leave the
	 * {@code LISTEN} behind in a session that goes on to serve somebody else; it shows by
	 * the process id that it tells its clients, which is made up.
	 * @param connection a connection
	 * @return whether nothing is in between
	 * @throws SQLException if the database refuses
	 */
	public boolean isDirect(Connection connection) throws SQLException {
		BaseConnection session = session(connection);
		if (session == null) {
			return false;
		}
		try (Statement statement = connection.createStatement();
				ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
			row.next();
			return row.getInt(1) == session.getBackendPID();
		}
	}

	/**
	 * Listens from now on. If it does so already, this shows whether the server is still
	 * there.
	 * @param connection a connection in auto-commit mode
	 * @throws SQLException if the database refuses, or is gone
	 */
	public void listen(Connection connection) throws SQLException {
		try (Statement statement = connection.createStatement()) {
			statement.execute("LISTEN " + this.name);
		}
	}

	/**
	 * Waits for messages.
	 * @param connection a connection that listens
	 * @param atMost how long to wait
	 * @return the messages; none if none came
	 * @throws SQLException if the connection is lost
	 */
	public List<String> receive(Connection connection, Duration atMost) throws SQLException {
		List<String> messages = new ArrayList<>();
		BaseConnection session = session(connection);
		if (session != null) {
			for (PGNotification notification : session.getNotifications(Math.toIntExact(atMost.toMillis()))) {
				messages.add(notification.getParameter());
			}
		}
		return messages;
	}

	private static @Nullable BaseConnection session(Connection connection) throws SQLException {
		return connection.isWrapperFor(BaseConnection.class) ? connection.unwrap(BaseConnection.class) : null;
	}

}
