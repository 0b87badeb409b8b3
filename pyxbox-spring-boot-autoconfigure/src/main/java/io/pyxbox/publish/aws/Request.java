package io.pyxbox.publish.aws;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What goes to a destination by one request.
 *
 * @param <R> what the service takes
 */
final class Request<R> {

	private final String destination;

	private final RequestLimits limits;

	private final Map<KeyLine<R>, List<Sending<R>>> taken = new LinkedHashMap<>();

	private final List<Sending<R>> sendings = new ArrayList<>();

	private long size;

	Request(String destination, RequestLimits limits) {
		this.destination = destination;
		this.limits = limits;
	}

	String destination() {
		return this.destination;
	}

	boolean takes(Sending<R> sending) {
		if (this.sendings.isEmpty()) {
			return true;
		}
		return !sending.isAlone() && !this.sendings.get(0).isAlone() && this.sendings.size() < this.limits.records()
				&& this.size + sending.size() <= this.limits.bytes();
	}

	void take(KeyLine<R> line) {
		Sending<R> sending = line.take();
		this.taken.computeIfAbsent(line, (absent) -> new ArrayList<>(1)).add(sending);
		this.sendings.add(sending);
		this.size += sending.size();
	}

	List<Sending<R>> sendings() {
		return this.sendings;
	}

	/** What was taken from each line. */
	Map<KeyLine<R>, List<Sending<R>>> taken() {
		return this.taken;
	}

}
