package io.pyxbox.publish.aws;

import io.pyxbox.PyxboxException;

/**
 * A service has refused one record of a request.
 */
public class RefusedRecordException extends PyxboxException {

	private static final long serialVersionUID = 1L;

	RefusedRecordException(Receipt receipt) {
		super(receipt.code() + ((receipt.message() != null) ? ": " + receipt.message() : ""));
	}

}
