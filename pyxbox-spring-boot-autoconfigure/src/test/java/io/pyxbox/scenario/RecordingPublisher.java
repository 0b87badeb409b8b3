package io.pyxbox.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

import io.pyxbox.EventPublisher;
import io.pyxbox.OutgoingEvent;
import io.pyxbox.PublishOutcome;
import tools.jackson.databind.json.JsonMapper;

/**
 * A destination in memory that does what it is told.
 *
 * @param outcome says what becomes of an event
 * @param received what has arrived, in that order
 * @param calls how often it was called
 */
record RecordingPublisher(AtomicReference<Function<OutgoingEvent, PublishOutcome>> outcome,
		Queue<OutgoingEvent> received, AtomicInteger calls) implements EventPublisher {

	RecordingPublisher() {
		this(new AtomicReference<>((event) -> PublishOutcome.acked()), new ConcurrentLinkedQueue<>(),
				new AtomicInteger());
	}

	@Override
	public List<PublishOutcome> publish(List<OutgoingEvent> events) {
		this.calls.incrementAndGet();
		List<PublishOutcome> outcomes = new ArrayList<>();
		for (OutgoingEvent event : events) {
			PublishOutcome outcome = this.outcome.get().apply(event);
			if (outcome instanceof PublishOutcome.Acked) {
				this.received.add(event);
			}
			outcomes.add(outcome);
		}
		return outcomes;
	}

	static Counted counted(OutgoingEvent event) {
		return JsonMapper.shared().readValue(event.payload(), Counted.class);
	}

	List<Counted> events() {
		return this.received.stream().map(RecordingPublisher::counted).toList();
	}

	List<Integer> numbers() {
		return events().stream().map(Counted::number).toList();
	}

	List<String> destinations() {
		return this.received.stream().map(OutgoingEvent::destination).toList();
	}

}
