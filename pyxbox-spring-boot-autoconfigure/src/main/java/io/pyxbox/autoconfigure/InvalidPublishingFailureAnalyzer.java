package io.pyxbox.autoconfigure;

import io.pyxbox.publish.InvalidPublishingException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains routes that lead nowhere, and publishers that cannot work.
 */
class InvalidPublishingFailureAnalyzer extends AbstractFailureAnalyzer<InvalidPublishingException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidPublishingException cause) {
		return new FailureAnalysis(cause.getMessage(), cause.getAction(), cause);
	}

}
