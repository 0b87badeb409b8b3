package io.pyxbox.scenario;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.pyxbox.EventId;
import io.pyxbox.EventMetadata;
import org.jspecify.annotations.Nullable;

/**
 * What listeners were called with, in the order of the calls, whether they succeeded or
 * not.
 */
record Journal(Queue<Call> calls) {

	Journal() {
		this(new ConcurrentLinkedQueue<>());
	}

	void note(Counted event, EventMetadata metadata) {
		this.calls.add(new Call(metadata.consumer().value(), event.key(), event.number(), metadata.attempt(),
				metadata.id(), System.nanoTime()));
	}

	List<Integer> numbers() {
		return this.calls.stream().map(Call::number).toList();
	}

	List<Integer> numbers(String key) {
		return this.calls.stream().filter((call) -> key.equals(call.key())).map(Call::number).toList();
	}

	List<Counted> events(String consumer) {
		return this.calls.stream()
			.filter((call) -> call.consumer().equals(consumer))
			.map((call) -> new Counted(call.key(), call.number()))
			.toList();
	}

	List<Call> callsOf(int number) {
		return this.calls.stream().filter((call) -> call.number() == number).toList();
	}

	record Call(String consumer, @Nullable String key, int number, int attempt, EventId id, long nanos) {
	}

}
