package io.pyxbox.dispatch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import io.pyxbox.ConsumerId;
import io.pyxbox.store.Buckets;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.Lane;
import io.pyxbox.store.NewEvent;
import io.pyxbox.store.Subscription;
import io.pyxbox.store.WaitingKind;

/**
 * All lanes of an instance: each consumer's of each bucket. Thread-safe.
 */
final class LaneBoard {

	private final List<DeliveryTarget> targets;

	private final LaneState[][] lanes;

	LaneBoard(EventTable table, List<DeliveryTarget> targets, PollerSettings settings) {
		this.targets = List.copyOf(targets);
		this.lanes = new LaneState[targets.size()][Buckets.COUNT];
		for (int i = 0; i < targets.size(); i++) {
			DeliveryTarget target = targets.get(i);
			BatchSize batchSize = new BatchSize(settings.batchSize());
			CircuitBreaker circuit = new CircuitBreaker(circuitOf(target, settings));
			for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
				this.lanes[i][bucket] = new LaneState(Lane.of(table, target.consumer(), bucket), target, batchSize,
						circuit);
			}
		}
	}

	private static CircuitSettings circuitOf(DeliveryTarget target, PollerSettings settings) {
		boolean wanted = target.settings().failures().circuitBreaker();
		return wanted ? settings.circuit() : settings.circuit().withoutThreshold();
	}

	List<LaneState> all() {
		return Arrays.stream(this.lanes).flatMap(Arrays::stream).toList();
	}

	/** The lanes that have something to do with these events. */
	Set<LaneState> lanesOf(Collection<NewEvent> events) {
		Set<LaneState> found = new LinkedHashSet<>();
		for (int i = 0; i < this.lanes.length; i++) {
			for (NewEvent event : events) {
				if (this.targets.get(i).subscription().takes(event.type(), event.topic())) {
					found.add(this.lanes[i][event.bucket()]);
				}
			}
		}
		return found;
	}

	/** The lanes that have something to do with what another instance tells. */
	List<LaneState> lanesOf(WakeUp wakeUp) {
		List<LaneState> found = new ArrayList<>();
		for (int i = 0; i < this.lanes.length; i++) {
			Subscription subscription = this.targets.get(i).subscription();
			long buckets = 0;
			for (Map.Entry<Subscription.Route, Long> kind : wakeUp.buckets().entrySet()) {
				boolean taken = subscription.takes(kind.getKey().type(), kind.getKey().topic());
				buckets |= taken ? kind.getValue() : 0;
			}
			for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
				if (WakeUp.contains(buckets, bucket)) {
					found.add(this.lanes[i][bucket]);
				}
			}
		}
		return found;
	}

	/** A consumer's lanes in these buckets; none if it is not one of this instance. */
	List<LaneState> lanesOf(ConsumerId consumer, Collection<Integer> buckets) {
		return all().stream()
			.filter((state) -> state.lane().consumer().equals(consumer) && buckets.contains(state.lane().bucket()))
			.toList();
	}

	/** For each bucket the lowest id that any consumer may still have to read. */
	long[] lowestHints() {
		long[] lowest = new long[Buckets.COUNT];
		Arrays.fill(lowest, Long.MAX_VALUE);
		for (LaneState[] ofConsumer : this.lanes) {
			for (int bucket = 0; bucket < lowest.length; bucket++) {
				lowest[bucket] = Math.min(lowest[bucket], ofConsumer[bucket].hint());
			}
		}
		return lowest;
	}

	/**
	 * Passes on the lanes that may not have read the newest event of their bucket, and
	 * those where something is held back that may have been released elsewhere.
	 */
	void forEachBehind(long[] newestIds, Consumer<LaneState> action) {
		for (LaneState[] ofConsumer : this.lanes) {
			for (int bucket = 0; bucket < newestIds.length; bucket++) {
				LaneState lane = ofConsumer[bucket];
				if (newestIds[bucket] >= lane.hint() || lane.holdsBack()) {
					action.accept(lane);
				}
			}
		}
	}

	void forgetHints() {
		all().forEach(LaneState::forgetHint);
	}

	/** Whether a consumer of this instance still has something to do with such events. */
	boolean isWaitedFor(WaitingKind kind) {
		return this.targets.stream()
			.filter((target) -> target.subscription().takes(kind.type(), kind.topic()))
			.anyMatch((target) -> !kind.completedBy().contains(target.consumer().value()));
	}

}
