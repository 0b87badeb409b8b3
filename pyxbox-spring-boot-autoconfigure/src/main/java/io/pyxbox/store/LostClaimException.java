package io.pyxbox.store;

import io.pyxbox.PyxboxException;

/**
 * Thrown where an event that was claimed is no longer there to be completed: the lock was
 * lost, or somebody deleted the row. The transaction must roll back.
 */
public class LostClaimException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	LostClaimException(Lane lane, int expected, int found) {
		super("Of " + expected + " claimed events of consumer '" + lane.consumer() + "' in bucket " + lane.bucket()
				+ " only " + found + " were still there to be completed. The transaction is rolled back.");
	}

}
