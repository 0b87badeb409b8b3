package io.pyxbox.publish.aws;

/**
 * What a failure is about.
 */
enum Verdict {

	/** More was sent than the service takes at the moment. */
	THROTTLED,

	/** The service had trouble with a record, which it may not have next time. */
	PASSING,

	/** The record can never be taken. */
	RECORD,

	/** Nothing can be sent to this destination. */
	DESTINATION,

	/** The service cannot be reached, or does not work at all. */
	SERVICE,

	/** Something else, of whichever record. */
	UNKNOWN

}
