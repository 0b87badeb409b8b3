package io.pyxbox;

import java.time.Instant;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Which dead letters are meant: those that have everything that is set. Immutable: each
 * method returns a changed copy.
 *
 * @param consumer the consumer, or {@code null} for any
 * @param type the event's type, or {@code null} for any
 * @param partitionKey the event's partition key, or {@code null} for any or none
 * @param failedFrom the earliest time at which they were given up, or {@code null}
 * @param failedBefore the time before which they were given up, or {@code null}
 */
public record DeadLetterFilter(@Nullable ConsumerId consumer, @Nullable String type, @Nullable String partitionKey,
		@Nullable Instant failedFrom, @Nullable Instant failedBefore) {

	private static final DeadLetterFilter ALL = new DeadLetterFilter(null, null, null, null, null);

	/** What PostgreSQL and Java both can express. */
	private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

	private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

	public DeadLetterFilter {
		requireStorable("type", type);
		if (type != null && type.isEmpty()) {
			throw new IllegalArgumentException("No dead letter can match: type must not be empty");
		}
		requireStorable("partitionKey", partitionKey);
		requireInRange("failedFrom", failedFrom);
		requireInRange("failedBefore", failedBefore);
		if (failedFrom != null && failedBefore != null && !failedFrom.isBefore(failedBefore)) {
			throw new IllegalArgumentException("No dead letter can match: failedFrom (" + failedFrom
					+ ") must be earlier than failedBefore (" + failedBefore + ")");
		}
	}

	/**
	 * Returns a filter that every dead letter passes.
	 * @return a filter in which nothing is set
	 */
	public static DeadLetterFilter all() {
		return ALL;
	}

	/**
	 * Sets the consumer.
	 * @param consumer the consumer that gave up
	 * @return a copy with the consumer
	 */
	public DeadLetterFilter withConsumer(ConsumerId consumer) {
		return new DeadLetterFilter(Objects.requireNonNull(consumer, "consumer"), this.type, this.partitionKey,
				this.failedFrom, this.failedBefore);
	}

	/**
	 * Sets the type.
	 * @param type the logical type of the event
	 * @return a copy with the type
	 */
	public DeadLetterFilter withType(String type) {
		return new DeadLetterFilter(this.consumer, Objects.requireNonNull(type, "type"), this.partitionKey,
				this.failedFrom, this.failedBefore);
	}

	/**
	 * Sets the partition key.
	 * @param partitionKey the partition key of the event
	 * @return a copy with the key
	 */
	public DeadLetterFilter withPartitionKey(String partitionKey) {
		return new DeadLetterFilter(this.consumer, this.type, Objects.requireNonNull(partitionKey, "partitionKey"),
				this.failedFrom, this.failedBefore);
	}

	/**
	 * Sets from when on they were given up.
	 * @param time the earliest time, itself included
	 * @return a copy with the time
	 */
	public DeadLetterFilter withFailedFrom(Instant time) {
		return new DeadLetterFilter(this.consumer, this.type, this.partitionKey, Objects.requireNonNull(time, "time"),
				this.failedBefore);
	}

	/**
	 * Sets before when they were given up.
	 * @param time the time, itself excluded
	 * @return a copy with the time
	 */
	public DeadLetterFilter withFailedBefore(Instant time) {
		return new DeadLetterFilter(this.consumer, this.type, this.partitionKey, this.failedFrom,
				Objects.requireNonNull(time, "time"));
	}

	private static void requireStorable(String property, @Nullable String value) {
		if (value != null && value.indexOf('\0') >= 0) {
			throw new IllegalArgumentException("No dead letter can match: " + property + " must not contain NUL");
		}
	}

	private static void requireInRange(String property, @Nullable Instant value) {
		if (value != null && (value.isBefore(EARLIEST) || value.isAfter(LATEST))) {
			throw new IllegalArgumentException(property + " must lie between " + EARLIEST + " and " + LATEST
					+ ", but is " + value + ". Leave it out for no limit.");
		}
	}

}
