package io.pyxbox.store;

/**
 * What a look at the events table found.
 *
 * @param newestIds the newest id of each bucket, or -1 where there is none
 * @param lastDrawnId the highest id drawn so far
 */
public record TableLook(long[] newestIds, long lastDrawnId) {
}
