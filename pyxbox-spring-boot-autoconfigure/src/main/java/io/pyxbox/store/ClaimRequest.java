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
 * @param knownVersions the highest version of each type that can be delivered here; any
 * of the types that are not among them
 * @param waiting events that were seen to be of a higher version, and their keys, which
 * are held back as long as they are there; they are among {@code held}, too
 */
public record ClaimRequest(Lane lane, Subscription subscription, long fromId, Map<Long, Long> held,
		@Nullable Long alone, int limit, @Nullable Duration givenUpAfter, Map<String, Integer> knownVersions,
		Map<Long, String> waiting) {

	public ClaimRequest {
		held = Map.copyOf(held);
		knownVersions = Map.copyOf(knownVersions);
		waiting = Map.copyOf(waiting);
	}

	/**
	 * Creates a request for events of whatever version.
	 * @param lane the lane to lock and read
	 * @param subscription what the lane's consumer takes
	 * @param fromId where reading starts
	 * @param held the failing deliveries that were seen before
	 * @param alone the only event to read; {@code null} for whatever there is
	 * @param limit how many events to read at most
	 * @param givenUpAfter how long the server may hear nothing of the claim's owner
	 */
	public ClaimRequest(Lane lane, Subscription subscription, long fromId, Map<Long, Long> held, @Nullable Long alone,
			int limit, @Nullable Duration givenUpAfter) {
		this(lane, subscription, fromId, held, alone, limit, givenUpAfter, Map.of(), Map.of());
	}

}
