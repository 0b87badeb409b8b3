package io.pyxbox.publish.aws;

/**
 * Why a record was not taken.
 *
 * @param verdict what that is about
 * @param cause what the service says
 * @param ofOne whether it concerns this record, and not perhaps another one of its
 * request
 */
record Refusal(Verdict verdict, Throwable cause, boolean ofOne) {

	static Refusal of(Receipt receipt) {
		return new Refusal(AwsFailure.of(receipt), new RefusedRecordException(receipt), true);
	}

	static Refusal of(Throwable failure, int records) {
		return new Refusal(AwsFailure.of(failure), failure, records == 1);
	}

}
