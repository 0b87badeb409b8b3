package io.pyxbox.emit;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

import io.pyxbox.EventId;
import io.pyxbox.store.DeduplicationStore;
import io.pyxbox.store.NewEvent;

/**
 * How events are stored once under a key.
 *
 * @param store remembers the keys
 * @param window for how long a key is taken at least
 */
public record Deduplication(DeduplicationStore store, Duration window) {

	EventId take(Connection connection, String key, NewEvent event) throws SQLException {
		return this.store.take(connection, key, event, this.window);
	}

}
