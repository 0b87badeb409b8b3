package io.pyxbox.dispatch;

import java.util.Map;

/**
 * Where a lane stands after a claim.
 *
 * @param hint the lowest id that can still be live and that nothing holds back
 * @param held the failing deliveries, by id, and from where on events may lie that each
 * of them holds back
 * @param waiting the events among those held that were found to be of a version that is
 * not known here, and their keys
 */
record LaneProgress(long hint, Map<Long, Long> held, Map<Long, String> waiting) {

	LaneProgress {
		held = Map.copyOf(held);
		waiting = Map.copyOf(waiting);
	}

	LaneProgress(long hint, Map<Long, Long> held) {
		this(hint, held, Map.of());
	}

}
