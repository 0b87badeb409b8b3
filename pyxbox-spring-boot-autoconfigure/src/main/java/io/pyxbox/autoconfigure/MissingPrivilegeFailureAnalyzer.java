package io.pyxbox.autoconfigure;

import io.pyxbox.schema.MissingPrivilegeException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Explains which privilege a role lacks, and who could do without it.
 */
class MissingPrivilegeFailureAnalyzer extends AbstractFailureAnalyzer<MissingPrivilegeException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, MissingPrivilegeException cause) {
		StringBuilder action = new StringBuilder("Let the owner, or a superuser, run:");
		cause.getGrants().forEach((grant) -> action.append("%n    %s;".formatted(grant)));
		if (cause.isMigrating()) {
			action.append("""

					or migrate as another role: declare a DataSource bean with its credentials and annotate it with \
					@PyxboxSchemaDataSource;
					or apply the scripts in classpath:io/pyxbox/schema/migration yourself, and set \
					'pyxbox.schema.mode=validate'.""");
		}
		return new FailureAnalysis(cause.getMessage() + ".", action.toString(), cause);
	}

}
