package io.pyxbox.store;

/**
 * What a worker asks for.
 *
 * @param lane the lane to lock and read
 * @param subscription what the lane's consumer takes
 * @param fromId where reading starts: no event of the lane may lie below
 * @param limit how many events to read at most
 * @param waiting whether the claim is held while somebody outside the database is waited
 * for, who can bear to be asked again if a crash of the server forgets the outcome
 */
public record ClaimRequest(Lane lane, Subscription subscription, long fromId, int limit, boolean waiting) {
}
