package io.pyxbox.store;

/**
 * What a worker asks for.
 *
 * @param lane the lane to lock and read
 * @param subscription what the lane's consumer takes
 * @param fromId where reading starts: no event of the lane may lie below
 * @param limit how many events to read at most
 * @param relaxedDurability whether losing the transaction in a server crash is harmless,
 * because everything it records may as well happen again
 */
public record ClaimRequest(Lane lane, Subscription subscription, long fromId, int limit, boolean relaxedDurability) {
}
