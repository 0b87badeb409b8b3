package io.pyxbox.autoconfigure;

import io.pyxbox.schema.FlywayMissingException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains that migrating needs Flyway.
 */
class FlywayMissingFailureAnalyzer extends AbstractFailureAnalyzer<FlywayMissingException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, FlywayMissingException cause) {
		return new FailureAnalysis(cause.getMessage() + ".", """
				Add org.flywaydb:flyway-core and org.flywaydb:flyway-database-postgresql to the class path, or set \
				'pyxbox.schema.mode=validate' and apply the scripts in classpath:io/pyxbox/schema/migration \
				yourself.""", cause);
	}

}
