package io.pyxbox.store;

import java.util.Set;

/**
 * A look at those who write to the events table.
 *
 * @param lastDrawnId the highest id drawn before the look
 * @param writers the transactions that may have drawn an id up to it and have not ended
 */
public record WriterSample(long lastDrawnId, Set<String> writers) {

	/**
	 * What the names of prepared transactions begin with: they belong to no process, and
	 * had another name before.
	 */
	public static final String PREPARED = "prepared/";

	public WriterSample {
		writers = Set.copyOf(writers);
	}

}
