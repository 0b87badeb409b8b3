package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

import io.pyxbox.store.Claim;
import io.pyxbox.store.Pull;
import io.pyxbox.store.StoredEvent;

/**
 * Events that were pulled in one transaction, and what is to become of them. Not
 * thread-safe.
 */
public final class PulledChunk {

	private final DeliveryTarget target;

	/** By bucket: all consumers of an event take its lock in this order. */
	private final Map<Integer, ChunkRecord> records = new TreeMap<>();

	private final List<Item> items = new ArrayList<>();

	private final Set<Long> ids = new HashSet<>();

	PulledChunk(DeliveryTarget target, List<Pull.Event> pulled) {
		this.target = target;
		Map<Integer, List<StoredEvent>> byBucket = new TreeMap<>();
		for (Pull.Event each : pulled) {
			byBucket.computeIfAbsent(each.bucket(), (bucket) -> new ArrayList<>()).add(each.stored());
			this.ids.add(each.stored().id());
		}
		DecodingLimit limit = new DecodingLimit();
		byBucket.forEach((bucket, events) -> {
			ChunkRecord record = record(events);
			this.records.put(bucket, record);
			events.stream()
				.takeWhile((event) -> !limit.excludes(event))
				.forEach((event) -> decode(bucket, record, event, limit));
		});
		this.items.sort(Comparator.comparingLong((item) -> item.event().stored().id()));
	}

	private ChunkRecord record(List<StoredEvent> events) {
		Set<Long> failing = events.stream()
			.filter((event) -> event.failures() != null)
			.map(StoredEvent::id)
			.collect(Collectors.toSet());
		return new ChunkRecord(this.target, new Claim(true, events, false, 0, 0, failing, null));
	}

	/** One that cannot be read becomes a dead letter, and is nobody's business here. */
	private void decode(int bucket, ChunkRecord record, StoredEvent event, DecodingLimit limit) {
		try {
			this.items.add(new Item(bucket, record, limit.add(this.target.decode(event))));
		}
		catch (UndecodableEventException ex) {
			record.failed(event, ex);
		}
	}

	/**
	 * Returns the events that can be handled.
	 * @return the events, in order
	 */
	public List<DecodedEvent> events() {
		return this.items.stream().map(Item::event).toList();
	}

	/**
	 * Tells whether nothing was pulled.
	 * @return whether there is nothing to settle either
	 */
	public boolean isEmpty() {
		return this.records.isEmpty();
	}

	/**
	 * Returns what was pulled.
	 * @return the ids of the events, also of those that cannot be handled
	 */
	public Set<Long> ids() {
		return Set.copyOf(this.ids);
	}

	/** The only event that can be handled, and its bucket. */
	Item single() {
		return this.items.get(0);
	}

	/** All events that can be handled have been. */
	void handled() {
		this.items.forEach((item) -> item.record().completed(item.event().stored()));
	}

	/** None of them could be handled. */
	void failed(Throwable cause) {
		this.items.forEach((item) -> item.record().failed(item.event().stored(), cause));
	}

	DeliveryTarget target() {
		return this.target;
	}

	Map<Integer, ChunkRecord> records() {
		return this.records;
	}

	/**
	 * An event that can be handled.
	 *
	 * @param bucket its bucket
	 * @param record where it is recorded what becomes of it
	 * @param event the event
	 */
	record Item(int bucket, ChunkRecord record, DecodedEvent event) {
	}

}
