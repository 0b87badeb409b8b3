package io.pyxbox.store;

import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.pyxbox.OutboxConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What was found of consumers so far.
 */
final class ConsumerFindings {

	private final Map<String, ConsumerFinding> byName = new HashMap<>();

	ConsumerFinding of(String consumer) {
		return this.byName.computeIfAbsent(consumer, ConsumerFinding::new);
	}

	/** Comes last: who takes an event must be known by then. */
	void waiting(String type, @Nullable String topic, @Nullable String only, Set<String> completedBy, Instant since) {
		completedBy.forEach(this::of);
		if (only != null) {
			of(only).waitsSince(since);
			return;
		}
		this.byName.values()
			.stream()
			.filter((finding) -> finding.takes(type, topic) && !completedBy.contains(finding.name()))
			.forEach((finding) -> finding.waitsSince(since));
	}

	List<OutboxConsumer> toList() {
		return this.byName.values()
			.stream()
			.map(ConsumerFinding::toConsumer)
			.sorted(Comparator.comparing((consumer) -> consumer.id().value()))
			.toList();
	}

}
