package io.pyxbox.publish.aws;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.pyxbox.PublishOutcome;
import org.jspecify.annotations.Nullable;

/**
 * What is still to be sent, and how it goes into requests: as much at once as there is,
 * but of each key no more than may go by one request: of two, the first might be refused
 * and the second taken.
 *
 * @param <R> what the service takes
 */
final class RequestQueue<R> {

	private final RecordService<R> service;

	private final Map<String, Deque<KeyLine<R>>> ready = new LinkedHashMap<>();

	private final List<KeyLine<R>> paused = new ArrayList<>();

	private final Map<String, Throwable> unusable = new HashMap<>();

	RequestQueue(RecordService<R> service, List<Sending<R>> sendings) {
		this.service = service;
		Map<String, KeyLine<R>> lines = new HashMap<>();
		for (Sending<R> sending : sendings) {
			String key = sending.key();
			KeyLine<R> line = (key != null) ? lines.computeIfAbsent(key, (absent) -> new KeyLine<>()) : new KeyLine<>();
			boolean isNew = line.first() == null;
			line.add(sending);
			if (isNew) {
				standInLine(line);
			}
		}
	}

	/** The next request; {@code null} if there is nothing to send at the moment. */
	@Nullable Request<R> next() {
		while (!this.ready.isEmpty()) {
			Map.Entry<String, Deque<KeyLine<R>>> first = this.ready.entrySet().iterator().next();
			String destination = first.getKey();
			Deque<KeyLine<R>> lines = first.getValue();
			this.ready.remove(destination);
			Request<R> request = requestTo(destination, lines);
			if (!lines.isEmpty()) {
				// It is the turn of the others.
				this.ready.put(destination, lines);
			}
			if (!request.sendings().isEmpty()) {
				return request;
			}
		}
		return null;
	}

	private Request<R> requestTo(String destination, Deque<KeyLine<R>> lines) {
		Request<R> request = new Request<>(destination, this.service.limits());
		int perKey = this.service.perKey(destination);
		while (!lines.isEmpty() && takeFrom(lines.element(), request)) {
			KeyLine<R> line = lines.remove();
			for (int taken = 1; taken < perKey && leadsTo(line, destination); taken++) {
				if (!takeFrom(line, request)) {
					break;
				}
			}
		}
		return request;
	}

	private boolean leadsTo(KeyLine<R> line, String destination) {
		Sending<R> first = line.first();
		return first != null && first.destination().equals(destination);
	}

	/**
	 * Takes the first of a line into a request, if there is room for it.
	 * @return whether the line has to wait no longer
	 */
	private boolean takeFrom(KeyLine<R> line, Request<R> request) {
		Sending<R> sending = line.first();
		if (sending == null) {
			return true;
		}
		Throwable obstacle = obstacleOf(sending);
		if (obstacle != null) {
			sending.settle(PublishOutcome.failed(obstacle));
			line.end();
			return true;
		}
		if (!request.takes(sending)) {
			return false;
		}
		request.take(line);
		return true;
	}

	private @Nullable Throwable obstacleOf(Sending<R> sending) {
		Throwable unusable = this.unusable.get(sending.destination());
		if (unusable != null) {
			return unusable;
		}
		try {
			sending.record(this.service);
			return null;
		}
		catch (RuntimeException ex) {
			return ex;
		}
	}

	/** The rest of the lines of a request goes on. */
	void release(Request<R> request) {
		for (KeyLine<R> line : request.taken().keySet()) {
			if (line.first() == null) {
				continue;
			}
			if (line.pausedUntil() > 0) {
				this.paused.add(line);
			}
			else {
				standInLine(line);
			}
		}
	}

	/** Those that were paused until now stand in line again. */
	void resume(long now) {
		this.paused.removeIf((line) -> {
			boolean due = line.pausedUntil() <= now;
			if (due) {
				line.resume();
				standInLine(line);
			}
			return due;
		});
	}

	/** Nothing more goes to a destination. */
	void close(String destination, Throwable cause) {
		this.unusable.put(destination, cause);
	}

	/** When a line goes on; {@link Long#MAX_VALUE} if none is paused. */
	long nextResumption() {
		return this.paused.stream().mapToLong(KeyLine::pausedUntil).min().orElse(Long.MAX_VALUE);
	}

	private void standInLine(KeyLine<R> line) {
		Sending<R> first = line.first();
		if (first != null) {
			this.ready.computeIfAbsent(first.destination(), (absent) -> new ArrayDeque<>()).add(line);
		}
	}

}
