package io.pyxbox.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains beans and classes that do not fit together.
 */
class PyxboxConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<PyxboxConfigurationException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, PyxboxConfigurationException cause) {
		return new FailureAnalysis(cause.getMessage(), cause.getAction(), cause);
	}

}
