package io.pyxbox.store;

import java.time.Instant;
import java.util.HashSet;
import java.util.Set;

import io.pyxbox.ConsumerId;
import io.pyxbox.OutboxConsumer;
import io.pyxbox.OutboxConsumer.Kind;
import org.jspecify.annotations.Nullable;

/**
 * What was found of one consumer.
 */
final class ConsumerFinding {

	private final String name;

	private final Set<Kind> takes = new HashSet<>();

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
		subscription.types().forEach((type) -> this.takes.add(new Kind(type, null)));
		subscription.routes().forEach((route) -> this.takes.add(new Kind(route.type(), route.topic())));
	}

	void isRegistered(Kind kind, Instant firstSeen, Instant lastSeen) {
		this.takes.add(kind);
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

	boolean takes(Kind kind) {
		return this.takes.contains(kind) || this.takes.contains(new Kind(kind.type(), null));
	}

	void waitsSince(Instant time) {
		this.oldestWaitingAt = earlier(this.oldestWaitingAt, time);
	}

	OutboxConsumer toConsumer() {
		return new OutboxConsumer(new ConsumerId(this.name), this.takes, this.declared, this.firstSeenAt,
				this.lastSeenAt, this.failing, this.blocked, this.deadLetters, this.oldestWaitingAt);
	}

	private static Instant earlier(@Nullable Instant one, Instant other) {
		return (one == null || other.isBefore(one)) ? other : one;
	}

}
