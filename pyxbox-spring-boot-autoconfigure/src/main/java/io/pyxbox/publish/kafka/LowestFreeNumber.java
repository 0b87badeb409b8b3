package io.pyxbox.publish.kafka;

import java.util.BitSet;

import org.jspecify.annotations.Nullable;

import org.springframework.kafka.core.TransactionIdSuffixStrategy;

/**
 * Uses ids of transactions again as soon as possible. Whoever begins with an id ends what
 * was left open under it (by a producer that was given up, or a process that died);
 * otherwise it would keep receivers waiting until Kafka times it out. Thread-safe.
 */
final class LowestFreeNumber implements TransactionIdSuffixStrategy {

	private final BitSet used = new BitSet();

	@Override
	public synchronized String acquireSuffix(@Nullable String prefix) {
		int number = this.used.nextClearBit(0);
		this.used.set(number);
		return String.valueOf(number);
	}

	@Override
	public synchronized void releaseSuffix(@Nullable String prefix, @Nullable String suffix) {
		if (suffix != null) {
			this.used.clear(Integer.parseInt(suffix));
		}
	}

}
