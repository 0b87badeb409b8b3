package io.pyxbox.dispatch;

import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Runs a lane once: claim → deliver → settle.
 */
interface LaneCycle {

	/**
	 * Runs the lane, and others of the same consumer where that pays.
	 * @param lane the lane, run by nobody else in this instance
	 * @param more hands out further lanes of the consumer as long as there are any
	 * @param stopping tells whether to come to an end soon
	 * @return what it led to, for each lane that was handed out
	 */
	Map<LaneState, LaneOutcome> run(LaneState lane, Supplier<@Nullable LaneState> more, BooleanSupplier stopping);

}
