package io.pyxbox;

import java.time.Instant;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What is known of a consumer, in this application or anywhere else.
 *
 * @param id its name
 * @param takes what it takes: here, or as it is registered by other instances; empty if
 * nothing but its name is left
 * @param declared whether this application declares it
 * @param firstSeenAt when an instance registered it for the first time, if any has
 * @param lastSeenAt when an instance that declares it was seen for the last time, if any
 * was
 * @param failing how many of its deliveries have failed and will be tried again
 * @param blocked how many of its deliveries wait for somebody to redrive or discard a
 * dead letter
 * @param deadLetters how many of its deliveries were given up
 * @param oldestWaitingAt when the oldest event was stored that waits for it; as far as
 * the oldest events of each bucket tell, only they are looked at
 */
public record OutboxConsumer(ConsumerId id, Set<Kind> takes, boolean declared, @Nullable Instant firstSeenAt,
		@Nullable Instant lastSeenAt, long failing, long blocked, long deadLetters, @Nullable Instant oldestWaitingAt) {

	public OutboxConsumer {
		takes = Set.copyOf(takes);
	}

	/**
	 * A kind of events.
	 *
	 * @param type their type, or {@code null} for any: publishers take topics
	 * @param topic their topic, or {@code null} for any or none; where the type is
	 * {@code null}, it may be a pattern with {@code *} for any number of characters
	 */
	public record Kind(@Nullable String type, @Nullable String topic) {
	}

}
