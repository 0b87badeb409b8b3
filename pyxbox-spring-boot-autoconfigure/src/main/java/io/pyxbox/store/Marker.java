package io.pyxbox.store;

import java.time.Instant;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Says that a delivery is under way: if its process dies, the marker remains.
 *
 * @param owner the run of the poller that delivers
 * @param id the event that is delivered alone; {@code null} for a chunk
 * @param lastId the last event that belongs to it
 * @param markedAt when it was written, by the clock of the database
 */
public record Marker(UUID owner, @Nullable Long id, long lastId, Instant markedAt) {
}
