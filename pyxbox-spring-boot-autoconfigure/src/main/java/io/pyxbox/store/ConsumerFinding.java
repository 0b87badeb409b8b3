package io.pyxbox.store;

import java.time.Instant;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.OutboxConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What was found of one consumer.
 */
final class ConsumerFinding {

	private final String name;

	private Subscription taken = Subscription.toTopics(Set.of());

	private boolean declared;

	private @Nullable Instant firstSeenAt;

	private @Nullable Instant lastSeenAt;

	private long failing;

	private long blocked;

	private long deadLetters;

	private @Nullable Instant oldestWaitingAt;

	ConsumerFinding(String name) {
		this.name = name;
	}

	void declares(Subscription subscription) {
		this.declared = true;
		takes(subscription);
	}

	void takes(Subscription subscription) {
		this.taken = this.taken.and(subscription);
	}

	void isRegistered(Instant firstSeen, Instant lastSeen) {
		this.firstSeenAt = earlier(this.firstSeenAt, firstSeen);
		if (this.lastSeenAt == null || lastSeen.isAfter(this.lastSeenAt)) {
			this.lastSeenAt = lastSeen;
		}
	}

	void fails(long willBeTried, long areBlocked) {
		this.failing = willBeTried;
		this.blocked = areBlocked;
	}

	void hasDeadLetters(long count) {
		this.deadLetters = count;
	}

	String name() {
		return this.name;
	}

	boolean takes(String type, @Nullable String topic) {
		return this.taken.takes(type, topic);
	}

	void waitsSince(Instant time) {
		this.oldestWaitingAt = earlier(this.oldestWaitingAt, time);
	}

	OutboxConsumer toConsumer() {
		return new OutboxConsumer(new ConsumerId(this.name), this.taken.kinds(), this.declared, this.firstSeenAt,
				this.lastSeenAt, this.failing, this.blocked, this.deadLetters, this.oldestWaitingAt);
	}

	private static Instant earlier(@Nullable Instant one, Instant other) {
		return (one == null || other.isBefore(one)) ? other : one;
	}

}
