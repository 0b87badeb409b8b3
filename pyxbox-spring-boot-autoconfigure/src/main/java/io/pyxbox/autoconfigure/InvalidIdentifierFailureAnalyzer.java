package io.pyxbox.autoconfigure;

import io.pyxbox.store.InvalidIdentifierException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;

/**
 * Explains a table's or schema's name that is not accepted. Ahead of Boot's own analyzer
 * for properties that cannot be bound, which knows less.
 */
@Order(0)
class InvalidIdentifierFailureAnalyzer extends AbstractFailureAnalyzer<InvalidIdentifierException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidIdentifierException cause) {
		return new FailureAnalysis(cause.getMessage() + ".", """
				Set '%s' to a name of %s. (Where 'pyxbox.schema-name' is not set, the current schema of the \
				connection is taken, and has to have such a name, too.)""".formatted(cause.getProperty(),
				cause.getRule()), cause);
	}

}
