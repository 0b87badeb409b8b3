package io.pyxbox.dispatch;

import io.pyxbox.PyxboxException;

/**
 * The failure of a delivery whose process ended before it did.
 */
public class ProcessDiedException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	ProcessDiedException() {
		super("The process ended while this event, and no other of its lane, was being delivered");
	}

}
