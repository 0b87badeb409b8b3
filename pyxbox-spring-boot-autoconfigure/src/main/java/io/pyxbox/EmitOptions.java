package io.pyxbox;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What one call of {@link TransactionalOutbox#emit(Object, EmitOptions)} sets beside the
 * event itself. Immutable: each method returns a changed copy.
 *
 * @param topic the topic for this call, or {@code null} for that of the event's type
 * @param partitionKey the partition key for this call, or {@code null} for that of the
 * event
 * @param headers headers for the listeners and brokers
 * @param notBefore the time before which the event is not delivered, or {@code null}
 * @param delay how long after it is stored the event is not delivered, or {@code null}
 * @param deduplicationKey the key under which the event is stored once, or {@code null}
 */
public record EmitOptions(@Nullable String topic, @Nullable String partitionKey, Map<String, String> headers,
		@Nullable Instant notBefore, @Nullable Duration delay, @Nullable String deduplicationKey) {

	private static final EmitOptions NONE = new EmitOptions(null, null, Map.of());

	/** What PostgreSQL and every clock can represent. */
	private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

	private static final Duration LONGEST = Duration.ofDays(36_525);

	public EmitOptions {
		headers = Map.copyOf(headers);
		if (notBefore != null) {
			notBefore = roundUp(notBefore);
		}
		if (delay != null && delay.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException("A delay must not be longer than 100 years, but is " + delay);
		}
		if (delay != null && (delay.isNegative() || delay.isZero())) {
			delay = null;
		}
		if (deduplicationKey != null && deduplicationKey.isEmpty()) {
			throw new IllegalArgumentException("A deduplication key must not be empty");
		}
	}

	/**
	 * Creates options for an event that is delivered at once, and stored in any case.
	 * @param topic the topic for this call, or {@code null} for that of the event's type
	 * @param partitionKey the partition key for this call, or {@code null} for that of
	 * the event
	 * @param headers headers for the listeners and brokers
	 */
	public EmitOptions(@Nullable String topic, @Nullable String partitionKey, Map<String, String> headers) {
		this(topic, partitionKey, headers, null, null, null);
	}

	/** The database counts microseconds, and "not before" means it. */
	private static Instant roundUp(Instant time) {
		if (time.isAfter(LATEST)) {
			throw new IllegalArgumentException("An event cannot be due after the year 9999, but at " + time);
		}
		Instant known = time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time;
		Instant micros = known.truncatedTo(ChronoUnit.MICROS);
		return micros.equals(known) ? known : micros.plus(1, ChronoUnit.MICROS);
	}

	/**
	 * Returns options that change nothing.
	 * @return options without topic, key and headers
	 */
	public static EmitOptions none() {
		return NONE;
	}

	/**
	 * Sets the topic for this call.
	 * @param topic the topic
	 * @return a copy with the topic
	 */
	public EmitOptions withTopic(String topic) {
		return new EmitOptions(Objects.requireNonNull(topic, "topic"), this.partitionKey, this.headers, this.notBefore,
				this.delay, this.deduplicationKey);
	}

	/**
	 * Sets the partition key for this call.
	 * @param partitionKey the partition key
	 * @return a copy with the key
	 */
	public EmitOptions withPartitionKey(String partitionKey) {
		return new EmitOptions(this.topic, Objects.requireNonNull(partitionKey, "partitionKey"), this.headers,
				this.notBefore, this.delay, this.deduplicationKey);
	}

	/**
	 * Adds a header, or replaces the one of that name.
	 * @param name the header's name
	 * @param value the header's value
	 * @return a copy with the header
	 */
	public EmitOptions withHeader(String name, String value) {
		Map<String, String> changed = new LinkedHashMap<>(this.headers);
		changed.put(name, value);
		return new EmitOptions(this.topic, this.partitionKey, changed, this.notBefore, this.delay,
				this.deduplicationKey);
	}

	/**
	 * Delays the event until a time, by the clock of the database. Events that are due
	 * are delivered in the order in which they are due, and from then on like any others.
	 * If the time has passed, the event is due when it is stored.
	 * @param time the time, not after the year 9999
	 * @return a copy with the time, and no other delay
	 */
	public EmitOptions notBefore(Instant time) {
		return new EmitOptions(this.topic, this.partitionKey, this.headers, Objects.requireNonNull(time, "time"), null,
				this.deduplicationKey);
	}

	/**
	 * Delays the event, counted by the clock of the database from when it is stored,
	 * which is just before its transaction commits. Otherwise as
	 * {@link #notBefore(Instant)}.
	 * @param delay the delay, 100 years at most; one that is zero or negative is none
	 * @return a copy with the delay, and no other
	 */
	public EmitOptions notBefore(Duration delay) {
		return new EmitOptions(this.topic, this.partitionKey, this.headers, null,
				Objects.requireNonNull(delay, "delay"), this.deduplicationKey);
	}

	/**
	 * Has the event stored only if none was stored under this key before: none that still
	 * waits, and none within {@code pyxbox.outbox.deduplication-window}. Otherwise
	 * {@link TransactionalOutbox#emit(Object, EmitOptions) emit} stores nothing and
	 * returns the id of that one. If it was emitted in a transaction that has not ended
	 * yet, the call waits for that.
	 * <p>
	 * The key is one of the whole outbox, whatever the type of the event. Takes one more
	 * statement, executed by the call. Transactions that emit under several keys should
	 * do so in the same order.
	 * @param key the key, not empty
	 * @return a copy with the key
	 */
	public EmitOptions withDeduplicationKey(String key) {
		return new EmitOptions(this.topic, this.partitionKey, this.headers, this.notBefore, this.delay,
				Objects.requireNonNull(key, "key"));
	}

}
