package io.pyxbox.publish.aws;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The events of one key that are left, in order; or one event that has none. It stands in
 * line for the destination of the first of them, unless it is in flight or paused.
 *
 * @param <R> what the service takes
 */
final class KeyLine<R> {

	private final Deque<Sending<R>> waiting = new ArrayDeque<>();

	private long pausedUntil;

	void add(Sending<R> sending) {
		this.waiting.add(sending);
	}

	@Nullable Sending<R> first() {
		return this.waiting.peek();
	}

	Sending<R> take() {
		return this.waiting.remove();
	}

	/** Some that were taken come first again. */
	void putBack(List<Sending<R>> sendings) {
		for (int i = sendings.size() - 1; i >= 0; i--) {
			this.waiting.addFirst(sendings.get(i));
		}
	}

	/** What waits is not sent. */
	void end() {
		this.waiting.clear();
	}

	void pauseUntil(long time) {
		this.pausedUntil = Math.max(this.pausedUntil, time);
	}

	void resume() {
		this.pausedUntil = 0;
	}

	/** When it goes on; 0 if it is not paused. */
	long pausedUntil() {
		return this.pausedUntil;
	}

}
