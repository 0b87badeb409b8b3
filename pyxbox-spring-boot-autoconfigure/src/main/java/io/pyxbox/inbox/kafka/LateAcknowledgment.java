package io.pyxbox.inbox.kafka;

import java.time.Duration;

import io.pyxbox.inbox.MessageReader;
import org.jspecify.annotations.Nullable;

import org.springframework.kafka.support.Acknowledgment;

/**
 * Notes what a listener says while its transaction is open, and passes it on when that
 * has committed. An offset that is committed sooner is lost with a rollback; and what is
 * refused must not be recorded as received. Thread-safe.
 */
final class LateAcknowledgment implements Acknowledgment, MessageReader.StandIn {

	private final Acknowledgment target;

	private boolean acknowledged;

	private @Nullable Duration sleep;

	private boolean over;

	LateAcknowledgment(Acknowledgment target) {
		this.target = target;
	}

	@Override
	public synchronized void acknowledge() {
		if (this.over) {
			this.target.acknowledge();
		}
		this.acknowledged = true;
	}

	@Override
	public synchronized void nack(Duration sleep) {
		if (this.over) {
			this.target.nack(sleep);
		}
		this.sleep = sleep;
	}

	@Override
	public void acknowledge(int index) {
		throw partOfABatch("acknowledge(index)");
	}

	@Override
	public void nack(int index, Duration sleep) {
		throw partOfABatch("nack(index, sleep)");
	}

	private static UnsupportedOperationException partOfABatch(String method) {
		return new UnsupportedOperationException(method + " is about a part of a batch, but all of it is one "
				+ "transaction, and of the batch there is only what is new. Throw an exception to receive the whole "
				+ "batch again, or call inbox.receive(...) for each message in a listener without @IdempotentReceiver.");
	}

	@Override
	public boolean isOutOfOrderCommit() {
		return this.target.isOutOfOrderCommit();
	}

	@Override
	public synchronized boolean isRefused() {
		return this.sleep != null;
	}

	@Override
	public synchronized void passOn() {
		this.over = true;
		if (this.sleep != null) {
			this.target.nack(this.sleep);
		}
		else if (this.acknowledged) {
			this.target.acknowledge();
		}
	}

	@Override
	public void skip() {
		this.target.acknowledge();
	}

}
