package io.pyxbox.publish.aws;

import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Tells what a failure is about, by the codes of the services: that a sender is at fault
 * is said of much that is only refused for now.
 */
final class AwsFailure {

	private static final Set<String> OF_THE_RECORD = Set.of("InvalidMessageContents", "InvalidParameterValue",
			"InvalidParameterValueException", "InvalidAttributeValue", "InvalidArgumentException", "MessageTooLong",
			"BatchRequestTooLong", "ValidationError", "ValidationException", "SerializationException",
			"RequestEntityTooLarge");

	private static final Set<String> OF_THE_DESTINATION = Set.of("NonExistentQueue", "QueueDoesNotExist",
			"QueueDeletedRecently", "InvalidAddress", "ResourceNotFoundException", "AccessDenied",
			"AccessDeniedException");

	private static final Set<String> OF_THE_CREDENTIALS = Set.of("InvalidClientTokenId", "UnrecognizedClientException",
			"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature",
			"IncompleteSignatureException", "MissingAuthenticationToken", "MissingAuthenticationTokenException",
			"ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestTimeTooSkewed", "OptInRequired",
			"InvalidSecurity");

	/** Credentials may have to be asked for: that is no answer of the destination. */
	private static final Pattern ISSUERS = Pattern
		.compile("software\\.amazon\\.awssdk\\.services\\.(sts|sso|ssooidc|signin)\\..*");

	private static final int TOO_LARGE = 413;

	private static final int MAX_DEPTH = 20;

	private AwsFailure() {
	}

	static Verdict of(Receipt receipt) {
		String code = shortened(receipt.code());
		if (isThrottling(code)) {
			return Verdict.THROTTLED;
		}
		if (isOfTheDestination(code)) {
			return Verdict.DESTINATION;
		}
		return (receipt.senderFault() || OF_THE_RECORD.contains(code)) ? Verdict.RECORD : Verdict.PASSING;
	}

	static Verdict of(Throwable failure) {
		if (failure instanceof AwsServiceException answer) {
			return of(answer);
		}
		return isOfTheWay(failure) ? Verdict.SERVICE : Verdict.UNKNOWN;
	}

	private static Verdict of(AwsServiceException answer) {
		AwsErrorDetails details = answer.awsErrorDetails();
		String code = shortened((details != null) ? details.errorCode() : null);
		if (answer.isThrottlingException() || isThrottling(code)) {
			return Verdict.THROTTLED;
		}
		if (answer.statusCode() >= 500 || answer.isClockSkewException() || OF_THE_CREDENTIALS.contains(code)
				|| ISSUERS.matcher(answer.getClass().getName()).matches()) {
			return Verdict.SERVICE;
		}
		if (isOfTheDestination(code)) {
			return Verdict.DESTINATION;
		}
		return (OF_THE_RECORD.contains(code) || answer.statusCode() == TOO_LARGE) ? Verdict.RECORD : Verdict.UNKNOWN;
	}

	private static boolean isThrottling(String code) {
		return code.contains("Throttl") || code.contains("ThroughputExceeded") || code.contains("LimitExceeded")
				|| code.equals("OverLimit") || code.equals("SlowDown");
	}

	/** A key that encrypts it may not be there any more. */
	private static boolean isOfTheDestination(String code) {
		return OF_THE_DESTINATION.contains(code) || code.toLowerCase(Locale.ROOT).startsWith("kms");
	}

	private static String shortened(@Nullable String code) {
		return (code != null) ? code.substring(code.lastIndexOf('.') + 1) : "";
	}

	private static boolean isOfTheWay(Throwable failure) {
		Throwable cause = failure;
		for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++) {
			if (cause instanceof IOException || cause instanceof TimeoutException
					|| cause instanceof ApiCallTimeoutException || cause instanceof ApiCallAttemptTimeoutException
					|| (cause instanceof SdkClientException client && (client.retryable() || isOfCredentials(client)))
					|| cause instanceof AwsServiceException) {
				return true;
			}
			cause = cause.getCause();
		}
		return false;
	}

	/** There is no type for it, and no word that is always in the message. */
	private static boolean isOfCredentials(SdkClientException failure) {
		return Stream.of(failure.getStackTrace())
			.anyMatch((frame) -> frame.getClassName().startsWith("software.amazon.awssdk.auth.credentials."));
	}

}
