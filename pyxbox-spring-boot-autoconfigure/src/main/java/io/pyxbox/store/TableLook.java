package io.pyxbox.store;

import org.jspecify.annotations.Nullable;

/**
 * What a look at the events table found.
 *
 * @param newestIds the newest id of each bucket, or -1 where there is none
 * @param lastDrawnId the highest id drawn so far
 * @param nextDueIn in how many milliseconds the next delayed event is due; {@code null}
 * if there is none
 */
public record TableLook(long[] newestIds, long lastDrawnId, @Nullable Long nextDueIn) {
}
