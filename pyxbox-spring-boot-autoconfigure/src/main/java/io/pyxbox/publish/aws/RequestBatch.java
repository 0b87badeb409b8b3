package io.pyxbox.publish.aws;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import org.jspecify.annotations.Nullable;

/**
 * Sends one batch of events, by several requests at the same time.
 * <p>
 * <b>Order.</b> The next event of a key is sent when the one before it is known to have
 * arrived. So whatever arrives late, or again, is something that has arrived before or
 * that nothing of its key has arrived after: a receiver that leaves out ids that it has
 * seen sees each key in order. (A destination that keeps no order gets several of a key
 * at once.)
 * <p>
 * <b>Failures.</b> What the service refuses for now is tried again after a while, as long
 * as there is time; then it is left, and no attempt is counted. Where a request fails for
 * one of its records and does not say which, they go one by one.
 *
 * @param <R> what the service takes
 */
public final class RequestBatch<R> {

	private static final int MAX_REQUESTS = 10;

	private static final int MAX_REFUSALS = 3;

	private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);

	private static final int MAX_DOUBLINGS = 5;

	private final long begin = System.nanoTime();

	private final RecordService<R> service;

	private final Duration timeout;

	private final List<Sending<R>> sendings;

	private final RequestQueue<R> queue;

	private final Map<Request<R>, Flight> inFlight = new HashMap<>();

	private final BlockingQueue<Answer<R>> answers = new LinkedBlockingQueue<>();

	private boolean open = true;

	private boolean down;

	private boolean reached;

	/**
	 * Creates a batch.
	 * @param service where it goes
	 * @param events the events
	 * @param timeout how long to wait for the answer to a request; for a third of it, new
	 * ones are begun
	 */
	public RequestBatch(RecordService<R> service, List<OutgoingEvent> events, Duration timeout) {
		this.service = service;
		this.timeout = timeout;
		this.sendings = events.stream().map((event) -> new Sending<R>(event)).toList();
		this.queue = new RequestQueue<>(service, this.sendings);
	}

	/**
	 * Sends the events.
	 * @return an outcome for each
	 * @throws InterruptedException if the thread is interrupted meanwhile
	 */
	public List<PublishOutcome> send() throws InterruptedException {
		try {
			while (goesOn()) {
				settleNext();
			}
		}
		finally {
			this.inFlight.values().forEach((flight) -> flight.answer().cancel(true));
		}
		return this.sendings.stream().map((sending) -> sending.outcome(this.reached)).toList();
	}

	/**
	 * Begins all requests that can be begun.
	 * @return whether anything is to be waited for
	 */
	private boolean goesOn() {
		this.open = !this.down && now() < closing();
		this.queue.resume(now());
		Request<R> next = null;
		while (this.open && this.inFlight.size() < MAX_REQUESTS && (next = this.queue.next()) != null) {
			begin(next);
		}
		return !this.inFlight.isEmpty() || (this.open && this.queue.nextResumption() < Long.MAX_VALUE);
	}

	/** Those that are done are to be settled some time, whatever there is still to do. */
	private long closing() {
		return this.timeout.toNanos() / 3;
	}

	private void begin(Request<R> request) {
		CompletableFuture<List<Receipt>> answer;
		try {
			answer = this.service.send(request.destination(),
					request.sendings().stream().map((sending) -> sending.record(this.service)).toList());
		}
		catch (RuntimeException ex) {
			answer = CompletableFuture.failedFuture(ex);
		}
		this.inFlight.put(request, new Flight(answer, now() + this.timeout.toNanos()));
		answer.whenComplete((receipts, failure) -> this.answers.add(new Answer<>(request, receipts, failure)));
	}

	private void settleNext() throws InterruptedException {
		long until = this.inFlight.values().stream().mapToLong(Flight::deadline).min().orElse(Long.MAX_VALUE);
		if (this.open) {
			until = Math.min(until, Math.min(closing(), this.queue.nextResumption()));
		}
		Answer<R> answer = this.answers.poll(until - now(), TimeUnit.NANOSECONDS);
		if (answer != null) {
			settle(answer);
		}
		else {
			giveUpOverdue(now());
		}
	}

	private void giveUpOverdue(long now) {
		for (Map.Entry<Request<R>, Flight> each : new ArrayList<>(this.inFlight.entrySet())) {
			if (each.getValue().deadline() <= now) {
				settle(new Answer<>(each.getKey(), null,
						new TimeoutException("No answer within " + this.timeout.toMillis() + " ms")));
				each.getValue().answer().cancel(true);
			}
		}
	}

	private void settle(Answer<R> answer) {
		Request<R> request = answer.request();
		if (this.inFlight.remove(request) == null) {
			// It has been given up.
			return;
		}
		List<Receipt> receipts = answer.receipts();
		List<Sending<R>> sent = request.sendings();
		Map<Sending<R>, Refusal> refused = new HashMap<>();
		if (receipts != null && receipts.size() == sent.size()) {
			for (int i = 0; i < sent.size(); i++) {
				Receipt receipt = receipts.get(i);
				if (receipt.code() == null) {
					sent.get(i).settle(PublishOutcome.acked());
					this.reached = true;
				}
				else {
					refused.put(sent.get(i),
							new Refusal(AwsFailure.of(receipt), new RefusedRecordException(receipt), true));
				}
			}
		}
		else {
			Refusal refusal = refusalOf(answer);
			sent.forEach((sending) -> refused.put(sending, refusal));
		}
		request.taken().forEach((line, taken) -> goOn(line, taken, request.destination(), refused));
		this.queue.release(request);
	}

	private Refusal refusalOf(Answer<R> answer) {
		Throwable failure = answer.failure();
		if (failure == null) {
			failure = new IllegalStateException("An answer for each of " + answer.request().sendings().size()
					+ " records was expected, but there are " + answer.receipts());
		}
		else if (failure instanceof CompletionException && failure.getCause() != null) {
			failure = failure.getCause();
		}
		return new Refusal(AwsFailure.of(failure), failure, answer.request().sendings().size() == 1);
	}

	private void goOn(KeyLine<R> line, List<Sending<R>> taken, String destination, Map<Sending<R>, Refusal> refused) {
		List<Sending<R>> again = new ArrayList<>();
		boolean ends = false;
		for (Sending<R> sending : taken) {
			Refusal refusal = refused.get(sending);
			if (refusal == null) {
				continue;
			}
			PublishOutcome outcome = outcomeOf(sending, refusal, destination, line);
			if (outcome == null) {
				again.add(sending);
			}
			else {
				sending.settle(outcome);
				// After a rejected one, too: its key may have to wait until somebody
				// acts.
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
	private @Nullable PublishOutcome outcomeOf(Sending<R> sending, Refusal refusal, String destination,
			KeyLine<R> line) {
		Throwable cause = refusal.cause();
		switch (refusal.verdict()) {
			case THROTTLED -> {
				sending.throttled(cause);
				line.pauseUntil(now() + pauseAfter(sending.refused()));
				return null;
			}
			case PASSING -> {
				int refusals = sending.refused();
				if (refusals >= MAX_REFUSALS) {
					return PublishOutcome.failed(cause);
				}
				line.pauseUntil(now() + pauseAfter(refusals));
				return null;
			}
			case SERVICE -> {
				this.down = true;
				return PublishOutcome.destinationDown(cause);
			}
			case DESTINATION -> {
				Throwable named = new UnusableDestinationException(destination, cause);
				this.queue.close(destination, named);
				return PublishOutcome.failed(named);
			}
			default -> {
				if (refusal.ofOne()) {
					return (refusal.verdict() == Verdict.RECORD) ? PublishOutcome.rejected(cause)
							: PublishOutcome.failed(cause);
				}
				sending.goAlone();
				return null;
			}
		}
	}

	/** Not all at the same time, or they would be refused again. */
	private static long pauseAfter(int refusals) {
		long longest = FIRST_PAUSE << Math.min(refusals - 1, MAX_DOUBLINGS);
		return ThreadLocalRandom.current().nextLong(longest / 2, longest);
	}

	private long now() {
		return System.nanoTime() - this.begin;
	}

	/**
	 * A request that is under way.
	 *
	 * @param answer what is waited for
	 * @param deadline until when
	 */
	private record Flight(CompletableFuture<List<Receipt>> answer, long deadline) {
	}

	/**
	 * What came of a request.
	 *
	 * @param <R> what the service takes
	 * @param request the request
	 * @param receipts what became of its records
	 * @param failure why there are none
	 */
	private record Answer<R>(Request<R> request, @Nullable List<Receipt> receipts, @Nullable Throwable failure) {
	}

	/**
	 * Why a record was not taken.
	 *
	 * @param verdict what that is about
	 * @param cause what the service says
	 * @param ofOne whether it concerns this record, and not some other one of its request
	 */
	private record Refusal(Verdict verdict, Throwable cause, boolean ofOne) {
	}

}
