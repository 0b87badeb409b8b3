package io.pyxbox.publish.aws;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;

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
 * as there is time; then it is left, and no attempt is counted. What it has trouble with
 * is to blame for it only if it has none with others. Where a request fails for one of
 * its records and does not say which, they go one by one.
 *
 * @param <R> what the service takes
 */
public final class RequestBatch<R> {

	private static final int MAX_REQUESTS = 10;

	/** Which part of the time-out is for beginning requests. */
	private static final int SHARE = 10;

	private final long begin = System.nanoTime();

	private final RecordService<R> service;

	private final Duration timeout;

	private final List<Sending<R>> sendings;

	private final RequestQueue<R> queue;

	private final BatchProgress<R> progress;

	private final Map<Request<R>, Flight> inFlight = new HashMap<>();

	private final BlockingQueue<Answer<R>> answers = new LinkedBlockingQueue<>();

	private boolean open = true;

	/**
	 * Creates a batch.
	 * @param service where it goes
	 * @param events the events
	 * @param timeout how long to wait for the answer to a request; for a tenth of it, new
	 * ones are begun
	 */
	public RequestBatch(RecordService<R> service, List<OutgoingEvent> events, Duration timeout) {
		this.service = service;
		this.timeout = timeout;
		this.sendings = events.stream().map((event) -> new Sending<R>(event)).toList();
		this.queue = new RequestQueue<>(service, this.sendings);
		this.progress = new BatchProgress<>(this.queue);
	}

	/**
	 * Tells how long a batch may take: the last request is begun when the time for that
	 * is over.
	 * @param timeout how long to wait for the answer to a request
	 * @return the time after which it has ended
	 */
	public static Duration longest(Duration timeout) {
		return timeout.plus(timeout.dividedBy(SHARE));
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
		boolean ofOne = this.sendings.stream().filter(Sending::wasRefused).count() == 1;
		return this.sendings.stream().map((sending) -> sending.outcome(this.progress.hasReached(), ofOne)).toList();
	}

	/**
	 * Begins all requests that can be begun.
	 * @return whether anything is to be waited for
	 */
	private boolean goesOn() {
		this.open = !this.progress.isDown() && now() < closing();
		this.queue.resume(now());
		Request<R> next = null;
		while (this.open && this.inFlight.size() < MAX_REQUESTS && (next = this.queue.next()) != null) {
			begin(next);
		}
		return !this.inFlight.isEmpty() || (this.open && this.queue.nextResumption() < Long.MAX_VALUE);
	}

	/**
	 * What has arrived is not to wait for long until it is complete, whatever there is
	 * still to do.
	 */
	private long closing() {
		return this.timeout.toNanos() / SHARE;
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
		// If it is not there any more, it has been given up.
		if (this.inFlight.remove(answer.request()) != null) {
			this.progress.settle(answer, now());
		}
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

}
