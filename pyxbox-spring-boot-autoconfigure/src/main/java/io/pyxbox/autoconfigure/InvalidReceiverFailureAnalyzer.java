package io.pyxbox.autoconfigure;

import io.pyxbox.inbox.InvalidReceiverException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains receivers that cannot work.
 */
class InvalidReceiverFailureAnalyzer extends AbstractFailureAnalyzer<InvalidReceiverException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidReceiverException cause) {
		return new FailureAnalysis(cause.getMessage(), cause.getAction(), cause);
	}

}
