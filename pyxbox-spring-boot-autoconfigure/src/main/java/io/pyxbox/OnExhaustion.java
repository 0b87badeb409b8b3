package io.pyxbox;

/**
 * What becomes of a delivery that has failed for the last time.
 */
public enum OnExhaustion {

	/**
	 * It becomes a dead letter, and its key goes on with the next event.
	 */
	DEAD_LETTER,

	/**
	 * It becomes a dead letter, and its key waits: for this consumer no later event of
	 * the key is delivered until somebody redrives or discards the dead letter. For
	 * consumers that must not go on without it. An event without a key blocks nothing but
	 * itself.
	 */
	BLOCK

}
