package io.pyxbox.dispatch;

import java.time.Duration;

import io.pyxbox.store.StoredEvent;

/**
 * How much is decoded to be delivered together. A claim is limited by what is stored:
 * what a codec has compressed may be many times larger, and one that encrypts may have to
 * wait for its keys. Events that no codec has encoded are never too many. Used by one
 * thread.
 */
final class DecodingLimit {

	private static final long MAX_BYTES = 8 * 1024 * 1024;

	private static final long MAX_NANOS = Duration.ofSeconds(1).toNanos();

	private final long startedAt = System.nanoTime();

	private long bytes;

	/** Has this event left for the next claim, with all that come after it. */
	boolean excludes(StoredEvent event) {
		return event.codec() != null && (this.bytes >= MAX_BYTES || System.nanoTime() - this.startedAt > MAX_NANOS);
	}

	DecodedEvent add(DecodedEvent event) {
		this.bytes += event.size();
		return event;
	}

}
