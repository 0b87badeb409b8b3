package io.pyxbox.publish.aws;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

import io.pyxbox.PublishOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Draws the conclusions from answers: what has arrived, what is tried again and when, and
 * what is left alone.
 *
 * @param <R> what the service takes
 */
final class BatchProgress<R> {

	private static final int MAX_REFUSALS = 3;

	private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

	private static final int MAX_DOUBLINGS = 5;

	private final RequestQueue<R> queue;

	private boolean down;

	private boolean reached;

	BatchProgress(RequestQueue<R> queue) {
		this.queue = queue;
	}

	/** Whether there is no point in sending anything more. */
	boolean isDown() {
		return this.down;
	}

	/** Whether anything has arrived. */
	boolean hasReached() {
		return this.reached;
	}

	void settle(Answer<R> answer, long now) {
		Request<R> request = answer.request();
		Map<Sending<R>, Refusal> refusals = answer.refusals();
		for (Sending<R> sending : request.sendings()) {
			if (!refusals.containsKey(sending)) {
				sending.settle(PublishOutcome.acked());
				this.reached = true;
			}
		}
		request.taken().forEach((line, taken) -> settle(line, taken, refusals, now));
		this.queue.release(request);
	}

	/**
	 * Goes on with a key, unless something of it has not arrived; also after a rejected
	 * one, since its key may have to wait until somebody acts.
	 */
	private void settle(KeyLine<R> line, List<Sending<R>> taken, Map<Sending<R>, Refusal> refusals, long now) {
		List<Sending<R>> again = new ArrayList<>();
		boolean ends = false;
		for (Sending<R> sending : taken) {
			Refusal refusal = refusals.get(sending);
			if (refusal == null) {
				continue;
			}
			PublishOutcome outcome = outcomeOf(sending, refusal, line, now);
			if (outcome == null) {
				again.add(sending);
			}
			else {
				sending.settle(outcome);
				ends = true;
			}
		}
		if (ends) {
			line.end();
		}
		else {
			line.putBack(again);
		}
	}

	/** What became of it; {@code null} if it is tried again. */
	private @Nullable PublishOutcome outcomeOf(Sending<R> sending, Refusal refusal, KeyLine<R> line, long now) {
		Throwable cause = refusal.cause();
		switch (refusal.verdict()) {
			case THROTTLED -> {
				sending.throttled(cause);
				line.pauseUntil(now + pauseAfter(sending.refused()));
				return null;
			}
			case PASSING -> {
				int refusals = sending.refused();
				if (refusals >= MAX_REFUSALS) {
					sending.exhausted(cause);
					return PublishOutcome.failed(cause);
				}
				line.pauseUntil(now + pauseAfter(refusals));
				return null;
			}
			case SERVICE -> {
				this.down = true;
				return PublishOutcome.destinationDown(cause);
			}
			case DESTINATION -> {
				Throwable named = new UnusableDestinationException(sending.destination(), cause);
				this.queue.close(sending.destination(), named);
				return PublishOutcome.failed(named);
			}
			default -> {
				if (!refusal.ofOne()) {
					sending.goAlone();
					return null;
				}
				return (refusal.verdict() == Verdict.RECORD) ? PublishOutcome.rejected(cause)
						: PublishOutcome.failed(cause);
			}
		}
	}

	/** Not all at the same time, or they would be refused again. */
	private static long pauseAfter(int refusals) {
		long longest = FIRST_PAUSE << Math.min(refusals - 1, MAX_DOUBLINGS);
		return ThreadLocalRandom.current().nextLong(longest / 2, longest);
	}

}
