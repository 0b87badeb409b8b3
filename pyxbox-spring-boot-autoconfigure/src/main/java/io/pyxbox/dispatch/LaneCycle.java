package io.pyxbox.dispatch;

import java.util.function.BooleanSupplier;

/**
 * Runs a lane once: claim → deliver → settle.
 */
interface LaneCycle {

	/**
	 * Runs the lane.
	 * @param lane the lane, run by nobody else in this instance
	 * @param stopping tells whether to come to an end soon
	 * @return what it led to
	 */
	LaneOutcome run(LaneState lane, BooleanSupplier stopping);

}
