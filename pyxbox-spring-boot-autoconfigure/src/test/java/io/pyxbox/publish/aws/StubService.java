package io.pyxbox.publish.aws;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

import io.pyxbox.OutgoingEvent;

/**
 * A service that answers as a test wants, at once or later. Records are events; what it
 * has taken it remembers.
 */
class StubService implements RecordService<OutgoingEvent> {

	final List<List<OutgoingEvent>> requests = Collections.synchronizedList(new ArrayList<>());

	final List<OutgoingEvent> taken = Collections.synchronizedList(new ArrayList<>());

	private final Function<List<OutgoingEvent>, CompletableFuture<List<Receipt>>> answer;

	private final RequestLimits limits;

	private final int perKey;

	StubService(int perKey, RequestLimits limits,
			Function<List<OutgoingEvent>, CompletableFuture<List<Receipt>>> answer) {
		this.perKey = perKey;
		this.limits = limits;
		this.answer = answer;
	}

	@Override
	public OutgoingEvent recordOf(OutgoingEvent event) {
		if (event.text().contains("impossible")) {
			throw new IllegalStateException("impossible");
		}
		return event;
	}

	@Override
	public long sizeOf(OutgoingEvent record) {
		return record.text().getBytes(StandardCharsets.UTF_8).length;
	}

	@Override
	public RequestLimits limits() {
		return this.limits;
	}

	@Override
	public int perKey(String destination) {
		return this.perKey;
	}

	@Override
	public CompletableFuture<List<Receipt>> send(String destination, List<OutgoingEvent> records) {
		this.requests.add(records);
		return this.answer.apply(records).thenApply((receipts) -> {
			for (int i = 0; i < receipts.size(); i++) {
				if (receipts.get(i).code() == null) {
					this.taken.add(records.get(i));
				}
			}
			return receipts;
		});
	}

}
