package io.pyxbox.publish.aws;

import io.pyxbox.PyxboxException;

/**
 * Nothing can be sent to a destination as things are: there is no such one, or this
 * application must not write to it.
 */
public class UnusableDestinationException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	UnusableDestinationException(String destination, Throwable cause) {
		super("Nothing can be sent to '" + destination + "': " + cause.getMessage(), cause);
	}

}
