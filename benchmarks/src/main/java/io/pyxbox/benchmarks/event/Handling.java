package io.pyxbox.benchmarks.event;

/**
 * What a handler does with an event besides recording it.
 */
public enum Handling {

	/** Nothing. */
	NOTHING,

	/** Inserts one row, with whatever means and in whatever transaction it is given. */
	INSERT,

	/** Takes up to half a millisecond. */
	WAIT

}
