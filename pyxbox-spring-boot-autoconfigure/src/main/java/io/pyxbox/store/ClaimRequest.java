package io.pyxbox.store;

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What a worker asks for.
 *
 * @param lane the lane to lock and read
 * @param subscription what the lane's consumer takes
 * @param fromId where reading starts: no event of the lane may lie below, but for those
 * that are held back
 * @param held the failing deliveries that were seen before, and from where on events may
 * lie that they hold back; where one is failing no more, reading starts there
 * @param alone the only event to read; {@code null} for whatever there is
 * @param limit how many events to read at most
 * @param givenUpAfter how long the server may hear nothing of the claim's owner, who
 * waits for somebody outside the database that can bear to be asked again if a crash of
 * the server forgets the outcome; {@code null} if nobody is waited for
 */
public record ClaimRequest(Lane lane, Subscription subscription, long fromId, Map<Long, Long> held,
		@Nullable Long alone, int limit, @Nullable Duration givenUpAfter) {

	public ClaimRequest {
		held = Map.copyOf(held);
	}

}
