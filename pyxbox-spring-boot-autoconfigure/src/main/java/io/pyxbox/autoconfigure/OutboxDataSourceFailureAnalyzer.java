package io.pyxbox.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that there is no {@code DataSource}, or several without a choice.
 */
class OutboxDataSourceFailureAnalyzer extends AbstractFailureAnalyzer<OutboxDataSourceException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, OutboxDataSourceException cause) {
		return new FailureAnalysis(cause.getMessage() + ".", cause.getAction(), cause);
	}

}
