package io.pyxbox.dispatch;

import java.util.Map;

/**
 * Where a lane stands after a claim.
 *
 * @param hint the lowest id that can still be live and that nothing holds back
 * @param held the failing deliveries, by id, and from where on events may lie that each
 * of them holds back
 */
record LaneProgress(long hint, Map<Long, Long> held) {

	LaneProgress {
		held = Map.copyOf(held);
	}

}
