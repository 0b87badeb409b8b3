package io.pyxbox.dispatch;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What running a lane once led to, and when it is to run again.
 */
sealed interface LaneOutcome {

	/** There is nothing more to do for now. */
	record Drained(int handled, @Nullable Duration nextAttemptIn) implements LaneOutcome {
	}

	/** There may be more. */
	record More() implements LaneOutcome {
	}

	/** Somebody else works on the lane. */
	record Busy() implements LaneOutcome {
	}

	/** The database was not to be reached or refused to work. */
	record Broken(Throwable cause) implements LaneOutcome {
	}

}
