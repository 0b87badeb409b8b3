package io.pyxbox.autoconfigure;

import io.pyxbox.schema.NoCurrentSchemaException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that there is no schema to put the tables into.
 */
class NoCurrentSchemaFailureAnalyzer extends AbstractFailureAnalyzer<NoCurrentSchemaException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, NoCurrentSchemaException cause) {
		return new FailureAnalysis(cause.getMessage() + ".", """
				Set 'pyxbox.schema-name', or let the search_path (for example by 'currentSchema' in \
				'spring.datasource.url') begin with a schema that exists.""", cause);
	}

}
