package io.pyxbox.autoconfigure;

import io.pyxbox.schema.UnsupportedServerException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that the server is not one that pyxbox works with.
 */
class UnsupportedServerFailureAnalyzer extends AbstractFailureAnalyzer<UnsupportedServerException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, UnsupportedServerException cause) {
		return new FailureAnalysis(cause.getMessage() + ".", """
				Let the outbox's DataSource lead to such a server: check 'spring.datasource.url', or, if there are \
				several DataSource beans, annotate the right one with @PyxboxDataSource.
				In a test, @AutoConfigureTestDatabase(replace = Replace.NONE) keeps Spring Boot from replacing the \
				DataSource by an embedded one. A test without events can do with any database if it sets \
				'pyxbox.schema.mode=none' and 'pyxbox.poller.auto-startup=false'.""", cause);
	}

}
