package io.pyxbox.publish.aws;

import java.io.IOException;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.profiles.ProfileFile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

class AwsFailureTests {

	@ParameterizedTest
	@CsvSource({ "InvalidMessageContents, true, RECORD", "SomethingElse, true, RECORD", "InternalError, false, PASSING",
			"RequestThrottled, true, THROTTLED", "KmsThrottled, true, THROTTLED", "KmsDisabled, true, DESTINATION",
			"AccessDenied, true, DESTINATION", "ProvisionedThroughputExceededException, false, THROTTLED",
			"InternalFailure, false, PASSING" })
	void tellsWhatIsWrongWithOneRecord(String code, boolean senderFault, Verdict verdict) {
		assertThat(AwsFailure.of(new Receipt(code, "message", senderFault))).isEqualTo(verdict);
	}

	@ParameterizedTest
	@CsvSource({ "ThrottlingException, 400, THROTTLED", "RequestThrottled, 403, THROTTLED",
			"ProvisionedThroughputExceededException, 400, THROTTLED", "SlowDown, 503, THROTTLED",
			"KMSThrottlingException, 400, THROTTLED", "InternalFailure, 500, SERVICE", "Anything, 503, SERVICE",
			"ExpiredTokenException, 400, SERVICE", "UnrecognizedClientException, 400, SERVICE",
			"SignatureDoesNotMatch, 403, SERVICE", "AccessDeniedException, 400, DESTINATION",
			"AWS.SimpleQueueService.NonExistentQueue, 400, DESTINATION", "ResourceNotFoundException, 400, DESTINATION",
			"KMSAccessDeniedException, 400, DESTINATION", "AWS.SimpleQueueService.BatchRequestTooLong, 400, RECORD",
			"ValidationException, 400, RECORD", "Anything, 413, RECORD", "Anything, 400, UNKNOWN",
			"Anything, 403, UNKNOWN" })
	void tellsWhatIsWrongWithARequest(String code, int status, Verdict verdict) {
		AwsServiceException answer = AwsServiceException.builder()
			.statusCode(status)
			.awsErrorDetails(AwsErrorDetails.builder().errorCode(code).build())
			.build();

		assertThat(AwsFailure.of(answer)).isEqualTo(verdict);
	}

	@Test
	void anAnswerWithoutDetailsIsJudgedByItsStatus() {
		assertThat(AwsFailure.of(AwsServiceException.builder().statusCode(502).build())).isEqualTo(Verdict.SERVICE);
		assertThat(AwsFailure.of(AwsServiceException.builder().statusCode(400).build())).isEqualTo(Verdict.UNKNOWN);
	}

	@Test
	void whatDoesNotGetThroughIsAboutTheService() {
		assertThat(AwsFailure.of(SdkClientException.create("failed", new IOException("reset"))))
			.isEqualTo(Verdict.SERVICE);
		assertThat(AwsFailure.of(ApiCallTimeoutException.create(1))).isEqualTo(Verdict.SERVICE);
		assertThat(AwsFailure.of(new TimeoutException())).isEqualTo(Verdict.SERVICE);
	}

	@Test
	void missingCredentialsAreAboutTheService() {
		ProfileFile empty = ProfileFile.aggregator().build();
		try (ProfileCredentialsProvider provider = ProfileCredentialsProvider.builder()
			.profileFile(empty)
			.profileName("absent")
			.build()) {
			AwsCredentialsProvider credentials = provider;

			Throwable failure = catchThrowable(credentials::resolveCredentials);

			assertThat(failure).isInstanceOf(SdkClientException.class);
			assertThat(AwsFailure.of(failure)).isEqualTo(Verdict.SERVICE);
		}
	}

	@Test
	void whatTheClientCannotSendIsAboutARecord() {
		assertThat(AwsFailure.of(SdkClientException.create("Unable to marshall request"))).isEqualTo(Verdict.UNKNOWN);
		assertThat(AwsFailure.of(new IllegalArgumentException())).isEqualTo(Verdict.UNKNOWN);
	}

}
