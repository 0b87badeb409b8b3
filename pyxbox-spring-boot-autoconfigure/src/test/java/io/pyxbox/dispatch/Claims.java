package io.pyxbox.dispatch;

import java.sql.SQLException;
import java.util.List;

import io.pyxbox.scenario.Counted;

/**
 * A worker of one lane, taken step by step.
 */
interface Claims {

	/** Looks at who writes, outside the transaction. */
	default void look() throws SQLException {
	}

	/**
	 * Begins a transaction, locks the lane and reads.
	 * @return what is to be delivered now
	 */
	List<Counted> claim() throws SQLException;

	/** Completes what was claimed, and commits. */
	void complete() throws SQLException;

}
